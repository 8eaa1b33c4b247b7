"""Who writes and who reads each table, worked out from the code: statements in models/, and who calls them."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from bot.settings import ROOT

_ROOMS = ("bot", "handlers", "jobs", "domain")
_CHANGES = frozenset({"insert", "upsert", "update", "delete", "born", "moved", "of", "_keep"})
"""Calls that change the table they are given; the last two prepare it for a change that others make."""
_SQL_WRITES = re.compile(r"(?:insert into|update|delete from|truncate|copy) ([a-z_]+)")
_SQL_WORDS = re.compile(r"[a-z_]+")

Name = tuple[str, str]
"""A module of models/ and a name at its top."""


@dataclass
class Uses:
    """What one name of models/ does itself, and which others it leads to."""

    writes: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)
    leads: set[Name] = field(default_factory=set)


@dataclass(frozen=True)
class Users:
    """The files that write a table, and those that read it."""

    writers: tuple[str, ...]
    readers: tuple[str, ...]


def of(tables: Mapping[str, str]) -> dict[str, Users]:
    """Users by table; `tables` are table names by the name of their class."""
    known = _models(tables)
    writers: dict[str, set[str]] = defaultdict(set)
    readers: dict[str, set[str]] = defaultdict(set)
    for path in sorted(one for room in _ROOMS for one in (ROOT / room).rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        tree = _tree(path)
        for name in _asked(tree, _imports(tree)):
            for table in _closed(name, known, "writes"):
                writers[table].add(file)
            for table in _closed(name, known, "reads"):
                readers[table].add(file)
    return {name: Users(tuple(sorted(writers[name])), tuple(sorted(readers[name]))) for name in tables.values()}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _models(tables: Mapping[str, str]) -> dict[Name, Uses]:
    """Every name at the top of a file of models/, with what it does."""
    found: dict[Name, Uses] = {}
    for path in sorted((ROOT / "models").glob("*.py")):
        tree = _tree(path)
        imported = _imports(tree)
        own = {name for node in tree.body for name in _names(node)}
        for node in tree.body:
            for name in _names(node):
                found[path.stem, name] = _uses(node, path.stem, own, imported, tables)
    return found


def _names(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    yield from (one.id for one in targets if isinstance(one, ast.Name))


def _imports(tree: ast.Module) -> dict[str, Name]:
    """Local names that stand for a module of models/ (with an empty second part) or for a name in one."""
    found: dict[str, Name] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            for one in node.names:
                local = one.asname or one.name
                if node.module == "models":
                    found[local] = (one.name, "")
                elif node.module.startswith("models."):
                    found[local] = (node.module.removeprefix("models."), one.name)
    return found


def _uses(node: ast.AST, module: str, own: set[str], imported: Mapping[str, Name], tables: Mapping[str, str]) -> Uses:
    """What the statements in one definition do; a class that is a table does nothing by standing there."""
    found = Uses()
    if isinstance(node, ast.ClassDef) and node.name in tables:
        return found
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            _read_sql(one.value, found, set(tables.values()))
        elif isinstance(one, ast.Name) and one.id in tables:
            found.reads.add(tables[one.id])
        elif isinstance(one, ast.Name) and one.id in own:
            found.leads.add((module, one.id))
        elif isinstance(one, ast.Call):
            found.writes |= _changed(one, tables)
    found.leads |= _asked(node, imported)
    return found


def _read_sql(said: str, found: Uses, tables: set[str]) -> None:
    low = said.lower()
    if "select" in low or _SQL_WRITES.search(low):
        found.writes |= set(_SQL_WRITES.findall(low)) & tables
        found.reads |= set(_SQL_WORDS.findall(low)) & tables


def _changed(call: ast.Call, tables: Mapping[str, str]) -> set[str]:
    """The tables that one call of `insert`, `update`, `born` and the like changes."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in _CHANGES:
        return set()
    return {tables[one.id] for one in call.args[:2] if isinstance(one, ast.Name) and one.id in tables}


def _asked(tree: ast.AST, imported: Mapping[str, Name]) -> set[Name]:
    """The names of models/ that are used somewhere in a piece of code."""
    found: set[Name] = set()
    for one in ast.walk(tree):
        if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name):
            there = imported.get(one.value.id)
            if there and not there[1]:
                found.add((there[0], one.attr))
        elif isinstance(one, ast.Name) and (there := imported.get(one.id)) and there[1]:
            found.add(there)
    return found


def _closed(name: Name, known: Mapping[Name, Uses], what: str) -> set[str]:
    """The tables that a name leads to, over every other name it uses."""
    found: set[str] = set()
    seen, rest = {name}, [name]
    while rest:
        uses = known.get(rest.pop(), Uses())
        found |= getattr(uses, what)
        fresh = uses.leads - seen
        seen |= fresh
        rest.extend(fresh)
    return found
