"""/ops: one word per feature, each with help; what nobody knows is answered with the list."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from domain.kernel.card import Lines
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from handlers import ops as ops_surface
from handlers.surface import Answer, Ask, Person, Sub
from models.db import Database
from tests.models import standing


@pytest.fixture(scope="module")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house without any rows."""
    database = Database(database_url, pool=2, name="ops")
    yield standing.ops(database, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    await database.close()


async def _said(ops: Ops, text: str) -> Answer:
    found = await ops_surface.run(ops, Ask(f"k:{text}", "command", "/ops", Person("U1"), "C1", text))
    assert isinstance(found, Answer)
    assert not found.share
    return found


@pytest.mark.parametrize(
    ("text", "conclusion"),
    [
        ("", ops_surface.OPS.description),
        ("help", ops_surface.OPS.description),
        ("make coffee", "“make” is not a subcommand of /ops."),
        ("help coffee", ops_surface.OPS.description),
    ],
)
async def test_what_is_not_known_is_answered_with_every_word(ops: Ops, text: str, conclusion: str) -> None:
    card = (await _said(ops, text)).card
    assert card.conclusion == conclusion
    (part,) = card.parts
    assert isinstance(part, Lines)
    assert {sub.example for sub in ops_surface.SUBS} <= {line.label for line in part.lines}


@pytest.mark.parametrize("sub", ops_surface.SUBS, ids=lambda sub: sub.name)
async def test_every_word_has_help_with_one_example(ops: Ops, sub: Sub) -> None:
    assert sub.example.startswith(f"/ops {sub.name}")
    for text in (f"help {sub.name}", f"{sub.name} help", f"{sub.name.upper()} ?"):
        card = (await _said(ops, text)).card
        assert card.title == f"Help for /ops {sub.name}"
        assert isinstance(card.parts[0], Lines)
        assert card.parts[0].lines[0].label == sub.example


def test_a_word_stands_once() -> None:
    names = [sub.name for sub in ops_surface.SUBS]
    assert len(names) == len(set(names))
    assert all(sub.does and not sub.does.endswith(".") for sub in ops_surface.SUBS)


async def test_an_unknown_id_is_told_kindly(ops: Ops) -> None:
    card = (await _said(ops, "why A-NOTHING")).card
    assert card.conclusion == "I know no task, action, approval or escalation called “A-NOTHING”."
    assert (await _said(ops, "why")).card.title == "Which one?"


async def test_the_trail_is_verified_where_somebody_asks(ops: Ops) -> None:
    assert (await _said(ops, "audit")).card.title == "The trail is whole"
    card = (await _said(ops, f"audit 3:{'a' * 64}")).card
    assert card.conclusion.startswith("The trail is broken at row ")
    with pytest.raises(InputError, match="no head of the trail"):
        await _said(ops, "audit nonsense")


async def test_every_rule_is_shown_and_a_sentence_can_be_tried(ops: Ops) -> None:
    card = (await _said(ops, "rules")).card
    assert isinstance(card.parts[0], Lines)
    lines = {line.label: line.text for line in card.parts[0].lines}
    assert lines["ads_to_marketing"] == "category is advertising → marketing"
    assert lines["large_restocks_are_decided_by_people"] == "category is restock and quantity above 5000 → a person"
    card = (await _said(ops, "rules pause ad set 12")).card
    assert card.conclusion == "It would go to marketing; nothing was handed in."
    assert "Why should it be paused?" in str(card)
    assert (await _said(ops, "rules paint the office")).card.conclusion.startswith("It would go to a person")
