"""The search syntax of `query:` arguments: field, comparator, value, with AND, OR, NOT and brackets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

Test = Callable[[Any], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<open>\()|(?P<close>\))|(?P<word>AND|OR|NOT)\b
    |(?P<minus>-)?(?P<field>[a-z_]+):(?P<op><=|>=|<|>)?(?P<value>'[^']*'|"[^"]*"|[^\s()]+)
    |(?P<text>'[^']*'|"[^"]*"|[^\s()]+))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


@dataclass(frozen=True)
class Term:
    """One condition, such as `created_at:>='2026-01-01'`."""

    name: str
    comparator: str
    value: str


@dataclass(frozen=True)
class Query:
    """A parsed search: a tree of tests, its conditions that always hold, and the fields nobody knows."""

    tree: Any
    required: tuple[Term, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass
class _Parser:
    tokens: list[re.Match[str]]
    known: frozenset[str]
    at: int = 0
    unknown: list[str] = field(default_factory=list)

    def peek(self) -> re.Match[str] | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def either(self) -> Any:
        parts = [self.both()]
        while (token := self.peek()) and token["word"] == "OR":
            self.at += 1
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else ("or", parts)

    def both(self) -> Any:
        parts = []
        while (token := self.peek()) and token["word"] != "OR" and not token["close"]:
            self.at += token["word"] == "AND"
            if token["word"] != "AND":
                parts.append(self.one())
        return ("and", parts)

    def one(self) -> Any:
        token = self.tokens[self.at]
        self.at += 1
        if token["word"] == "NOT":
            return ("not", self.one())
        if token["open"]:
            inner = self.either()
            self.at += 1
            return inner
        return self.term(token)

    def term(self, token: re.Match[str]) -> Any:
        if not token["field"]:
            return Term("default", "", token["text"].strip("'\""))
        if token["field"] not in self.known:
            self.unknown.append(token["field"])
            return ("and", [])
        term = Term(token["field"], token["op"] or "", token["value"].strip("'\""))
        return ("not", term) if token["minus"] else term


def parse(text: str | None, known: frozenset[str]) -> Query:
    """Read a search; fields outside `known` are left out and named in the answer."""
    tokens = [found for found in _TOKEN.finditer(text or "") if found.group().strip()]
    parser = _Parser(tokens, known)
    tree = parser.either()
    required = tuple(part for part in tree[1] if isinstance(part, Term)) if tree[0] == "and" else ()
    return Query(tree, required, tuple(parser.unknown))


def matches(tree: Any, holds: Callable[[Term], bool]) -> bool:
    """Whether the tree is true when `holds` decides each condition."""
    if isinstance(tree, Term):
        return holds(tree)
    kind, parts = tree
    if kind == "not":
        return not matches(parts, holds)
    if kind == "or":
        return any(matches(part, holds) for part in parts)
    return all(matches(part, holds) for part in parts)


def compare(comparator: str, left: Any, right: Any) -> bool:
    """`left` comparator `right`; without a comparator, equality."""
    return _COMPARE[comparator](left, right) if comparator else bool(left == right)
