"""Every alert the code can raise has its entry in the runbook, and every command an entry names exists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from bot import __main__ as command_line
from domain.kernel import runbook
from domain.kernel.runbook import Entry
from handlers import plain
from handlers.ops import SUBS

ROOT = Path(__file__).resolve().parents[2]
PLACES = [
    *(ROOT / "domain").rglob("*.py"),
    *(ROOT / "jobs").glob("*.py"),
    ROOT / "bot/warden.py",
    ROOT / "bot/watchdog.py",
]
ENTRIES = runbook.entries()


def _trees() -> Iterator[tuple[Path, ast.Module]]:
    for path in PLACES:
        yield path, ast.parse(path.read_text(encoding="utf-8"))


def _text(node: ast.expr | None, known: dict[str, str]) -> str:
    """A string of the code with an `x` for what is put in; empty when it is no string there."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.Name):
        return known.get(node.id, "")
    if isinstance(node, ast.Subscript):
        return _text(node.value, known)
    if isinstance(node, ast.IfExp):
        return _text(node.body, known)
    if not isinstance(node, ast.JoinedStr):
        return ""
    return "".join(
        (_text(one.value, known) or "x") if isinstance(one, ast.FormattedValue) else _text(one, known)
        for one in node.values
    )


def _constants(tree: ast.Module) -> dict[str, str]:
    return {
        one.id: node.value.value
        for node in tree.body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)
        for one in node.targets
        if isinstance(one, ast.Name)
    }


def causes() -> Iterator[str]:
    """What the alerts of the code are called, with an `x` for what differs."""
    for path, tree in _trees():
        known = _constants(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.Call):
                yield from _called(node, known)
            elif isinstance(node, ast.FunctionDef) and node.name in ("cause", "_cause"):
                yield from (_text(one.value, known) for one in ast.walk(node) if isinstance(one, ast.Return))
            elif path.name == "watchdog.py" and isinstance(node, ast.JoinedStr | ast.Constant):
                yield from (said for said in [_text(node, known)] if re.fullmatch(r"watchdog:[\w.]+", said))


def _called(call: ast.Call, known: dict[str, str]) -> Iterator[str]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = next(iter(call.args), None)
    if name == "Failure":
        yield _text(first, known)
    if name == "Result" and (said := _text(first, known)).strip("x"):  # a name that is all variable says nothing
        yield f"check:{said}"
    if name == "tell" and (said := _text(first, known)).startswith("supervisor:"):
        yield said
    yield from (
        _text(one.value, known) for one in call.keywords if one.arg == "cause" and name in ("Failure", "replace")
    )


RAISED = sorted(set(filter(None, causes())) - {"check:x"})  # what a check is called is told by its result


def test_the_code_is_seen_to_raise_what_it_raises() -> None:
    assert {"check:disk", "vendor:x", "drift:policy", "watchdog:house", "supervisor:x", "task.x:x"} <= set(RAISED)
    assert len(RAISED) > 35


@pytest.mark.parametrize("cause", RAISED)
def test_every_alert_has_its_entry(cause: str) -> None:
    assert runbook.of(cause) is not None, f"say in domain/kernel/runbook.toml what to do about {cause}"


@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: one.pattern)
def test_an_entry_says_what_it_means_and_where_to_look_in_three_places(one: Entry) -> None:
    assert len(one.look) == 3
    assert all(said and said.strip() == said for said in (one.title, one.means, *one.look, one.mend, one.escalate))


def _words(one: Entry) -> str:
    return " ".join((one.means, *one.look, one.mend))


@pytest.mark.parametrize("one", ENTRIES, ids=lambda one: one.pattern)
def test_every_command_that_an_entry_names_exists(one: Entry) -> None:
    known = set(typer.main.get_command(command_line.app).commands)  # type: ignore[attr-defined]
    assert set(re.findall(r"python -m bot ([a-z]+)", _words(one))) - known == set()
    assert set(re.findall(r"`/ops ([a-z]+)", _words(one))) - {sub.name for sub in SUBS} == set()
    files = re.findall(r"`((?:docs|bot|deploy)/[\w/.-]+)`", _words(one))
    assert [name for name in files if not (ROOT / name).exists()] == []


def test_without_a_cause_every_entry_is_named() -> None:
    told = plain.render(runbook.card(""))
    assert [one.pattern for one in ENTRIES if one.pattern not in told] == []


def test_the_entry_that_says_most_is_the_one() -> None:
    assert runbook.of("drift:policy").pattern == "drift:policy"  # type: ignore[union-attr]
    assert runbook.of("drift:scopes").pattern == "drift:*"  # type: ignore[union-attr]
    assert runbook.of("nothing of the kind") is None


def test_no_card_shows_the_marks_of_code() -> None:
    """A card is text: Slack is sent backticks as they are."""
    quoted = re.compile(r'"[^"\n]*`[^"`\n]+`[^"\n]*"')
    rooms = [path for room in ("domain", "jobs") for path in (ROOT / room).rglob("*.py")]
    lines = [line for path in rooms for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line for line in lines if quoted.search(line) and '"""' not in line and "raise " not in line] == []
