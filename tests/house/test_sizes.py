"""Small files, small functions, and a first line that says what the room is for."""

from __future__ import annotations

import ast
import statistics
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot/", "handlers/", "jobs/", "domain/", "models/", "sandbox/", "bench/")
LARGEST_FILE = 400
LONGEST_FUNCTION = 60
MEDIAN_FUNCTION = 10
NINE_IN_TEN = 30


def _files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return [ROOT / name for name in listed.stdout.split() if (ROOT / name).exists()]


def _ours() -> list[Path]:
    return [file for file in _files() if str(file.relative_to(ROOT)).startswith(ROOMS)]


def _lengths(file: Path) -> list[tuple[int, str]]:
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    return [
        ((node.end_lineno or 0) - node.lineno + 1, f"{file.relative_to(ROOT)}:{node.lineno} {node.name}")
        for node in found
    ]


def test_every_file_begins_with_a_sentence_that_says_what_it_is_for() -> None:
    silent = []
    for file in _files():
        text = file.read_text(encoding="utf-8")
        said = ast.get_docstring(ast.parse(text)) if text.strip() else ""
        if not said or not text.startswith('"""') or not said.splitlines()[0].rstrip().endswith((".", "?", "!", ":")):
            silent.append(str(file.relative_to(ROOT)))
    assert silent == []


def test_no_file_is_longer_than_a_person_reads_in_one_go() -> None:
    long = [
        (file.name, lines)
        for file in _files()
        if (lines := len(file.read_text(encoding="utf-8").splitlines())) > LARGEST_FILE
    ]
    assert long == []


def test_functions_are_short() -> None:
    lengths = sorted(entry for file in _ours() for entry in _lengths(file))
    assert [entry for entry in lengths if entry[0] > LONGEST_FUNCTION] == []
    sizes = [size for size, _ in lengths]
    assert statistics.median(sizes) <= MEDIAN_FUNCTION
    assert sizes[int(len(sizes) * 0.9)] <= NINE_IN_TEN


@pytest.mark.parametrize("word", ["utils", "helpers", "common", "manager", "service"])
def test_no_room_has_a_name_that_says_nothing(word: str) -> None:
    assert [str(file) for file in _files() if file.stem == word] == []


def test_no_package_file_holds_more_than_its_sentence() -> None:
    packages = [file for file in _ours() if file.name == "__init__.py"]
    full = [str(file) for file in packages if len(ast.parse(file.read_text(encoding="utf-8")).body) > 1]
    assert full == []
