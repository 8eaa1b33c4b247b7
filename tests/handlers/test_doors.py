"""Every surface that decides something asks the one door: no role that may not gets through any of them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from domain.kernel.errors import InputError
from domain.trust import authorize
from domain.trust.authorize import Verdict
from domain.trust.proposals import Proposed
from handlers import actions, approvals, jobs
from handlers import autonomy as levels
from handlers.surface import Answer, Ask, Dialog, Person
from tests.domain.trust.conftest import KIND, House
from tests.domain.trust.conftest import house as house  # noqa: PLC0414 - handed on

Door = Callable[[House, Proposed, str, str], Awaitable[Any]]
NEW = {"subject": "Other", "due": "2026-12-01"}


def _ask(value: str, user: str, text: str = "", **values: str) -> Ask:
    return Ask(f"k:{user}:{value}:{text}", "action", "door", Person(user), "C1", text, value=value, values=values)


DOORS: dict[str, Door] = {
    "button approve": lambda house, found, value, user: approvals.approve(house.ops, _ask(value, user)),
    "button reject": lambda house, found, value, user: approvals.reject(house.ops, _ask(value, user)),
    "button edit": lambda house, found, value, user: approvals.edit(house.ops, _ask(value, user)),
    "dialog reject": lambda house, found, value, user: approvals.rejected(house.ops, _ask(value, user, why="no")),
    "dialog edit": lambda house, found, value, user: approvals.edited(
        house.ops, _ask(value, user, **NEW, deal=house.deal)
    ),
    "typed approve": lambda house, found, value, user: approvals.told(house.ops, _ask("", user, f"{value} approve")),
    "typed reject": lambda house, found, value, user: approvals.told(house.ops, _ask("", user, f"{value} reject no")),
    "button undo": lambda house, found, value, user: actions.pressed(house.ops, _ask(found.action_id, user)),
    "button accept": lambda house, found, value, user: levels.accept(house.ops, _ask(KIND, user)),
    "button decline": lambda house, found, value, user: levels.decline(house.ops, _ask(KIND, user)),
    "typed run": lambda house, found, value, user: jobs.told(house.ops, _ask("", user, "run orders")),
    "typed level": lambda house, found, value, user: levels.told(house.ops, _ask("", user, f"{KIND} lower")),
}


async def _through(house: House, door: str, user: str) -> tuple[Any, Proposed]:
    found = await house.asked(requester="user:U3")
    shown = (await house.one("select digest from approval where id = :id", found))[:8]
    return await DOORS[door](house, found, f"{found.approval_id}:{shown}", user), found


async def _denied(house: House, user: str) -> int:
    said = "select count(*) from trail where what like '%.denied' and \"by\" = 'user:' || :who"
    return int((await house.rows(said, who=user))[0][0])


@pytest.mark.parametrize("door", DOORS)
async def test_no_door_lets_anybody_in_who_may_not(house: House, door: str) -> None:
    for user in ("U3", "U4", "U5", "U6", "U7", "U8", "U9"):
        before = await _denied(house, user)
        said, found = await _through(house, door, user)
        assert isinstance(said, Answer), user
        assert await house.state(found) == ("pending", "proposed"), user
        assert await _denied(house, user) == before + 1, user
    assert await house.rows("select kind from autonomy") == []


@pytest.mark.parametrize("door", DOORS)
async def test_without_the_one_door_every_one_of_them_stands_open(
    house: House, door: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(authorize, "judge", lambda *_: Verdict(True))
    try:
        said, _ = await _through(house, door, "U3")
    except InputError:
        return  # let in, and told why it cannot be done
    told = "" if said is None else str(said.card) if isinstance(said, Answer) else "dialog"
    assert isinstance(said, Dialog) or "may do this" not in told
