"""Work is handed in from the terminal as anywhere else, for a person or for nobody in Slack."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import create_engine, make_url, text

from bot import terminal
from bot.stores import Stores
from domain.kernel.errors import InputError


@pytest.fixture(autouse=True)
def _house(database_url: str, stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    monkeypatch.setenv("DATABASE_URL", plain)
    monkeypatch.setenv("REDIS_URL", stores.redis_url or "")
    engine = create_engine(database_url)
    with engine.begin() as db:
        db.execute(text("insert into person (id, handle, team_id, stranger) values ('U1', 'asker', 'T1', ''), "
                        "('U2', 'guest', 'T1', 'guest') on conflict do nothing"))  # fmt: skip
    engine.dispose()


def test_words_become_a_task_that_can_be_looked_at() -> None:
    said = terminal.task("how was net revenue last week?", "asker")
    found = re.search(r"T-[A-Z2-7]{10}", said)
    assert found
    shown = terminal.task(found[0], "")
    assert "queued by @asker" in shown
    assert "questions_and_figures" in shown


def test_what_is_missing_is_told() -> None:
    assert "Which order is it?" in terminal.task("put an order on hold", "")


@pytest.mark.parametrize(("handle", "why"), [("nobody", "Nobody in this workspace"), ("guest", "guest")])
def test_who_may_not_hand_in_does_not(handle: str, why: str) -> None:
    with pytest.raises(InputError, match=why):
        terminal.task("how was net revenue last week?", handle)
