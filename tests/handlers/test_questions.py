"""Words to us and words between people: small talk gets one line, and who did not ask gets none."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from domain.brain import courtesy
from domain.kernel.card import Context
from domain.kernel.ports import Ops
from handlers import questions
from handlers.surface import Ask, Person
from models import thread
from models.db import Database
from tests.models import standing


@pytest.fixture(scope="module")
async def ops(database_url: str) -> AsyncIterator[Ops]:
    """A house without any rows."""
    database = Database(database_url, pool=2, name="questions")
    yield standing.ops(database, datetime(2026, 11, 20, 9, 30, tzinfo=UTC))
    await database.close()


def _ask(text: str, kind: str = "channel") -> Ask:
    return Ask(f"k:{text}", "event", "message", Person("U1"), "C1", text, "1.2", "1.1", body={"channel_type": kind})


@pytest.mark.parametrize(
    "text",
    ["ok", "great", "thanks!", "thanks for your help", "👍", ":+1:", "", "I will call them", "let's drop it", "42"],
)
async def test_what_people_say_to_each_other_is_left_alone(ops: Ops, text: str) -> None:
    assert await questions.written(ops, _ask(text)) is None


@pytest.mark.parametrize("text", ["why?", "net revenue yesterday", "compare October with September", "score", "help"])
async def test_what_is_asked_below_our_posts_is_answered(ops: Ops, text: str) -> None:
    found = await questions.written(ops, _ask(text))
    assert found is not None
    assert found.share


async def test_below_a_past_pulse_a_score_is_that_of_its_day(ops: Ops) -> None:
    async with ops.db.begin() as db:
        await thread.own(db, "C1", "1.1", key="share:/pulse:2026-11-20:C1:U1:2026-11-01 share")
    found = await questions.written(ops, _ask("why is the score low?"))
    assert found is not None
    assert found.card.conclusion.startswith("Nothing is stored for a pulse of 1 Nov 2026")


async def test_what_is_not_understood_is_refused_in_two_lines(ops: Ops) -> None:
    found = await questions.written(ops, _ask("lunch?"))
    assert found is not None
    assert found.card.conclusion == "I could not read “lunch”."
    assert found.card.parts == (Context(("Ask for example “What was net revenue yesterday?”, or say “help”.",)),)


@pytest.mark.parametrize(
    ("text", "said"),
    [("<@U0BRAIN> thanks!", "You're welcome"), ("<@U0BRAIN> 🎉", "All right"), ("<@U0BRAIN> hi", "Hello")],
)
async def test_who_is_kind_to_us_hears_one_line(ops: Ops, text: str, said: str) -> None:
    for found in (await questions.mentioned(ops, _ask(text)), await questions.written(ops, _ask(text, "im"))):
        assert found is not None
        assert (found.card.title, found.card.parts) == (said, ())


@pytest.mark.parametrize("text", ["", "the team", "thanks, and orders yesterday", "ok?", "good revenue"])
def test_what_may_be_a_question_is_no_small_talk(text: str) -> None:
    assert courtesy.reply(text) is None
