"""Block Kit rules: what Slack refuses, with a pointer to the place."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from sandbox.slack.inspection import Inspection
from sandbox.slack.journal import encode
from sandbox.slack.rules import HOME, MESSAGE, MODAL, MOST_BLOCKS, MOST_MARKDOWN, PLACES, VIEW
from sandbox.slack.sdk_models import model_problem

__all__ = ["HOME", "MESSAGE", "MODAL", "check_blocks", "check_view"]

Json = dict[str, Any]
Problem = dict[str, Any]
KEPT = 1_024


def check_blocks(blocks: list[Json], surface: str) -> list[Problem]:
    """Every rule these blocks break on this surface; empty when Slack would take them."""
    return list(_check_text(encode(blocks), surface))


@lru_cache(maxsize=KEPT)
def _check_text(text: str, surface: str) -> tuple[Problem, ...]:
    return tuple(find_problems(json.loads(text), surface))


def find_problems(blocks: list[Json], surface: str) -> list[Problem]:
    """The rules of single blocks, then those over all of them."""
    found = Inspection()
    most = MOST_BLOCKS.get(surface, 50)
    if len(blocks) > most:
        found.add("", "too_many", f"no more than {most} items allowed", constraint=most, field="blocks")
    for place, block in enumerate(blocks):
        before = len(found.problems)
        pointer = f"/{place}"
        check_place(found, block, surface, pointer)
        found.block(block, pointer)
        if len(found.problems) == before:
            message = model_problem(block)
            if message:
                found.add(pointer, "invalid", message)
    check_sums(found, blocks)
    return found.problems


def check_place(found: Inspection, block: Json, surface: str, pointer: str) -> None:
    """Whether a block of this type exists, and may stand on this surface."""
    kind = block.get("type")
    places = PLACES.get(str(kind))
    if places is None:
        found.add(pointer + "/type", "unknown_type", f"unsupported type: {kind}", field="type")
    elif surface not in places:
        found.add(pointer + "/type", "not_on_surface", f"unsupported type for a {surface}: {kind}", field="type")


def check_sums(found: Inspection, blocks: list[Json]) -> None:
    """Rules over all blocks: one table, the sum of markdown, no id twice."""
    tables = [place for place, block in enumerate(blocks) if block.get("type") == "table"]
    for place in tables[1:]:
        found.add(f"/{place}", "too_many", "only one table is allowed in a message", constraint=1, field="type")
    texts = [str(block.get("text", "")) for block in blocks if block.get("type") == "markdown"]
    if sum(map(len, texts)) > MOST_MARKDOWN:
        found.add("", "too_long_markdown", f"markdown text exceeds {MOST_MARKDOWN} characters in all",
                  constraint=MOST_MARKDOWN, field="text")  # fmt: skip
    seen: set[str] = set()
    for place, block in enumerate(blocks):
        name = block.get("block_id")
        if name and name in seen:
            found.add(f"/{place}/block_id", "duplicate", f'"block_id": "{name}" is already in use', field="block_id")
        seen.add(str(name))


def check_view(view: Json, kind: str) -> list[Problem]:
    """Every rule this view breaks; pointers start at the view."""
    found = Inspection()
    if view.get("type") != kind:
        found.add("/type", "invalid", f"must be {kind}", field="type")
        return found.problems
    found.fields(view, VIEW[kind], "")
    blocks = view.get("blocks")
    if not isinstance(blocks, list):
        found.add("/blocks", "missing", "missing required field: blocks", field="blocks")
        return found.problems
    found.problems += [p | {"pointer": "/blocks" + p["pointer"]} for p in check_blocks(blocks, kind)]
    has_input = any(block.get("type") == "input" for block in blocks)
    if kind == MODAL and has_input and not view.get("submit"):
        found.add("/submit", "missing", "missing required field: submit (the view has an input)", field="submit")
    if kind == HOME and (view.get("submit") or view.get("close")):
        found.add("", "invalid", "a home view has neither submit nor close")
    return found.problems
