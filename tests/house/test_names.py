"""Our top-level names belong to us, and nothing we commit points outside."""

from __future__ import annotations

import importlib.metadata
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OURS = {"bot", "handlers", "jobs", "domain", "models", "sandbox", "bench", "tests"}


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).is_file()]


def test_no_installed_package_owns_one_of_our_names() -> None:
    assert OURS & set(importlib.metadata.packages_distributions()) == set()


def test_no_lock_file_names_a_package_registry() -> None:
    for lock in _tracked("requirements*.lock"):
        text = lock.read_text(encoding="utf-8")
        assert "--hash=sha256:" in text
        assert not re.search(r"index-url|://|find-links", text), lock.name


def test_every_locked_requirement_is_pinned_with_a_hash() -> None:
    for lock in _tracked("requirements*.lock"):
        entries = re.findall(
            r"^([a-z0-9][^\s;]*)(.*(?:\n    --hash.*)*)", lock.read_text(encoding="utf-8"), re.MULTILINE
        )
        assert entries
        assert [name for name, rest in entries if "==" not in name or "--hash=sha256:" not in rest] == []


def test_no_tracked_text_carries_a_token_that_looks_real() -> None:
    shape = re.compile(r"xox[bap]-\d{8,}-[A-Za-z0-9-]{10,}|sk-ant-[A-Za-z0-9-]{20,}|shpat_[0-9a-f]{32}")
    found = [
        str(file)
        for file in _tracked("*.py", "*.md", "*.toml", "*.html", "*.js")
        if shape.search(file.read_text(encoding="utf-8"))
    ]
    assert found == []


def test_there_is_no_package_file_where_it_would_shadow_a_library() -> None:
    assert not list((ROOT / "alembic").rglob("__init__.py"))
    assert not list((ROOT / "tests").rglob("__init__.py"))
