"""docs/data-dictionary.md: every table and field, what it holds, who writes and reads it, how long it is kept."""

from __future__ import annotations

import importlib
import pkgutil
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import models
from bot import documents_uses
from bot.documents_uses import Users
from bot.settings import ROOT
from domain.kernel.errors import RefusedError
from models.base import Base

PATH = "docs/data-dictionary.md"
_MOST_NAMED = 6
_POLICY_DAYS = re.compile(r"`retention\.(\w+)` days")
_HEAD = """# Data dictionary

Written by `python -m bot documents`. A figure in a message rests on these rows; nothing else is kept. The engine's own
tables are in the schema `dbos`, and nobody but the engine reads them. Times are UTC, days are the company's.
"""


def text() -> str:
    """The whole document."""
    said, tables = _said(), _tables()
    users = documents_uses.of({cls: table.name for cls, table in tables.items()})
    several = sorted(tables.values(), key=lambda table: str(table.name))
    told = ("\n".join(_table(table, said, users[table.name])) for table in several)
    return "\n".join([_HEAD, _contents(said, several), *told])


def _said() -> dict[str, Any]:
    return tomllib.loads((ROOT / "models" / "dictionary.toml").read_text(encoding="utf-8"))


def _tables() -> dict[str, Any]:
    """Tables by the name of their class."""
    for one in pkgutil.iter_modules(models.__path__):
        importlib.import_module(f"models.{one.name}")
    return {mapper.class_.__name__: mapper.local_table for mapper in Base.registry.mappers}


def missing() -> Iterator[str]:
    """What the words do not say of the tables, and what they say of none."""
    said, tables = _said(), {table.name: table for table in _tables().values()}
    told = said["tables"]
    yield from (f"the table {name} has no words" for name in sorted(set(tables) - set(told)))
    yield from (f"there is no table {name}" for name in sorted(set(told) - set(tables)))
    for name, table in sorted(tables.items()):
        own, columns = told.get(name, {}).get("fields", {}), {one.name for one in table.columns}
        yield from (f"{name}.{one} has no words" for one in sorted(columns - set(own) - set(said["common"])))
        yield from (f"there is no field {name}.{one}" for one in sorted(set(own) - columns))


def _contents(said: Mapping[str, Any], tables: Sequence[Any]) -> str:
    rows = [f"| [{one.name}](#{one.name}) | {_words(said, one.name)['what']} |" for one in tables]
    return "\n".join(["| table | what a row is |", "|---|---|", *rows, ""])


def _words(said: Mapping[str, Any], table: str) -> Mapping[str, Any]:
    if (found := said["tables"].get(table)) is None:
        raise RefusedError(f"models/dictionary.toml has no words for the table {table}; write [tables.{table}] there.")
    words: Mapping[str, Any] = found
    return words


def _table(table: Any, said: Mapping[str, Any], users: Users) -> Iterator[str]:
    words = _words(said, table.name)
    yield f"## {table.name}\n"
    yield f"{words['what']} Kept: {_kept(words['kept'])}.\n"
    yield f"Written by {_named(users.writers)}. Read by {_named(users.readers)}.\n"
    yield "| field | type | what it holds |"
    yield "|---|---|---|"
    for column in table.columns:
        meaning = words.get("fields", {}).get(column.name) or said["common"].get(column.name, "")
        yield f"| {column.name} | {_type(column)} | {meaning} |"
    yield ""


def _kept(words: str) -> str:
    """How long, with the key of the policy spelt out."""
    return _POLICY_DAYS.sub(r"as many days as `[retention] \1` in `bot/ops.toml` says", words)


def _named(files: Sequence[str]) -> str:
    """Some files by name, and how many more there are; their rooms when there are many."""
    if not files:
        return "the database itself"
    shown = ", ".join(f"`{one}`" for one in files[:_MOST_NAMED])
    return f"{shown} and {len(files) - _MOST_NAMED} more" if len(files) > _MOST_NAMED else shown


def _type(column: Any) -> str:
    kind = str(column.type).lower().replace("datetime", "moment").replace("varchar", "text")
    key = ", key" if column.primary_key else ""
    return f"{kind}{key}{', may be empty' if column.nullable else ''}"
