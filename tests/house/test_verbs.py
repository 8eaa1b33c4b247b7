"""The set-up refuses in a sentence, and every verb of the Makefile says what it is for."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The set-up and the locks, without a .venv."""
    shutil.copytree(ROOT / ".ci", tmp_path / ".ci")
    for lock in ROOT.glob("requirements*.lock"):
        shutil.copy(lock, tmp_path)
    return tmp_path


def _set_up(checkout: Path, path: str, lock: str = "requirements.lock") -> tuple[int, str]:
    done = subprocess.run(
        [checkout / ".ci" / "setup", lock], env={"PATH": path}, capture_output=True, text=True, check=False, timeout=60
    )
    return done.returncode, done.stderr


def test_another_python_is_refused_in_one_sentence(checkout: Path) -> None:
    tools = checkout / "tools"
    tools.mkdir()
    for name in ("sh", "dirname"):
        (tools / name).symlink_to(str(shutil.which(name)))
    (tools / "python3").write_text('#!/bin/sh\n[ "$1" = --version ] && echo "Python 3.9.2" && exit 0\nexit 1\n')
    (tools / "python3").chmod(0o755)
    code, said = _set_up(checkout, str(tools))
    assert code == 78
    assert said.startswith("This needs Python 3.11 and found Python 3.9.2; install it")
    assert said.count("\n") == 1


def test_an_unknown_list_of_packages_is_refused(checkout: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    assert _set_up(checkout, path, "other.lock")[0] == 78
    assert not (checkout / ".venv").exists()


def test_every_verb_is_explained() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    declared = re.findall(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)[0].split()
    assert sorted(re.findall(r"^([a-z]+):.*## ", makefile, re.MULTILINE)) == sorted(declared)
    assert {"setup", "demo", "test", "bench", "lint", "lock", "clean"} <= set(declared)
