"""kill -9 at every named point between a deed handed in and its outcome: nothing is lost, and nothing happens twice."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from bot import sandboxed
from bot.sandboxed import Part
from bot.stores import Stores
from handlers import manifest, menu
from tests.e2e.points_rig import HEALED_WITHIN, REPEATS, Rig, a_rig
from tests.e2e.whole_house import today, until

pytestmark = pytest.mark.timeout(400)
INTAKE = ("envelope_received", "row_written", "acked", "brief_built", "routed")
HOOK = ("envelope_received", "brief_built", "routed", "row_written", "acked")
ANSWER = ("envelope_received", "row_written", "acked")
ALARM = ("raised", "batched", "sent_primary", "closed")
_days = iter(range(2, 400))


@pytest.fixture(scope="module")
def slack(place: Path) -> Iterator[Part]:
    """A Slack that sends an event again soon when nobody acknowledged it."""
    scopes = place / "manifest.json"
    scopes.write_text(json.dumps(manifest.build(menu.MENU)), encoding="utf-8")
    part = sandboxed.start("slack", 0, place / "slack", "--manifest", str(scopes), "--retry-scale", "0.02")
    yield part
    sandboxed.stop(part)


@pytest.fixture(scope="module")
def rig(place: Path, slack: Part, company: Part, database_url: str, stores: Stores) -> Iterator[Rig]:
    with a_rig(place, slack, company, Stores(database_url, stores.redis_url)) as found:
        yield found


def a_question() -> str:
    """One that nobody asked before."""
    return f"how was net revenue on {today() - timedelta(days=next(_days))}?"


def ended(rig: Rig, task: str, state: str = "done") -> str:
    """Wait until a task has come where it can come by itself."""
    query = "select state from task where id = %(id)s and state not in ('asking', 'queued', 'running', 'checking')"
    found = until(lambda: rig.house.asked(query, id=task), HEALED_WITHIN, what=f"the end of {task}")
    assert found == [(state,)]
    return task


def typed(rig: Rig) -> str:
    return ended(rig, rig.hand_in(a_question()))


def hooked(rig: Rig) -> str:
    question = a_question()
    return ended(
        rig, rig.hook(f"hook-{len(question)}-{next(_days)}", {"type": "task", "data": {"objective": question}})
    )


def unclear(rig: Rig) -> str:
    """A task that waits for an answer."""
    return rig.hand_in(f"hold order {rig.order()}")


def told(rig: Rig, task: str) -> str:
    """Say in the thread below its question what was missing."""
    (direct,) = {one["id"] for one in rig.ceo.see("state")["channels"] if one["is_im"] and one["user"] == rig.ceo.user}
    asked = until(lambda: rig.message(f"task:{task}", direct), HEALED_WITHIN, what="the question")
    noted = "select 1 from outbox where key = %(key)s and state = 'sent'"  # nobody answers within the same moment
    until(lambda: rig.house.asked(noted, key=f"task:{task}"), HEALED_WITHIN, what="the bot to know where it asked")
    assert asked
    rig.ceo.do("message", channel=direct, text="it may be fraud", thread_ts=asked["ts"])
    return ended(rig, task, "waiting")


def reached(rig: Rig, process: str, points: tuple[str, ...], since: int = 0) -> tuple[str, ...]:
    """Those of some points that a process reached, in order."""
    found = [name for name, by in rig.blade.reached()[since:] if by == process and name in points]
    return tuple(dict.fromkeys(found))


def test_a_clean_run_reaches_every_point_of_intake(rig: Rig) -> None:
    typed(rig)
    assert reached(rig, "bot", INTAKE) == INTAKE
    hooked(rig)
    assert reached(rig, "web", HOOK) == HOOK
    task, before = unclear(rig), len(rig.blade.reached())
    told(rig, task)
    assert reached(rig, "bot", ANSWER, before) == ANSWER
    rig.sound()


def undisturbed(rig: Rig, task: str) -> None:
    """The point was reached, and what came out is there once."""
    assert rig.blade.fell
    reports = rig.house.rows("select 1 from report where task_id = %(id)s", id=task)
    assert len([*reports, *rig.house.rows("select 1 from action where task_id = %(id)s", id=task)]) == 1
    rig.sound()


@pytest.mark.parametrize("point", INTAKE * REPEATS)
def test_a_death_over_a_command_loses_nothing(rig: Rig, point: str) -> None:
    rig.blade.arm(point)
    undisturbed(rig, typed(rig))


@pytest.mark.parametrize("point", HOOK * REPEATS if REPEATS > 1 else HOOK[2:4])
def test_a_death_over_a_webhook_loses_nothing(rig: Rig, point: str) -> None:
    rig.blade.arm(point)
    undisturbed(rig, hooked(rig))


@pytest.mark.parametrize("point", ANSWER * REPEATS if REPEATS > 1 else ANSWER[1:2])
def test_a_death_over_an_answer_loses_nothing(rig: Rig, point: str) -> None:
    task = unclear(rig)
    rig.blade.arm(point)
    undisturbed(rig, told(rig, task))


# -- what a person has to be told ------------------------------------------------------------------------------------


def alarmed(rig: Rig) -> tuple[str, str]:
    """Something a vendor forbids is allowed, told, and closed by a person; its escalation and its action."""
    task = told(rig, rig.hand_in(f"follow up on deal {rig.deal()} by {today() + timedelta(days=9)}"))
    rig.fault("hubspot", "status", status=403, path="/tasks", n=1)
    approval, action = rig.asked(task)
    rig.press(
        rig.approver, f"approval:{approval}", "C0SALES", "v1.approval.approve", lambda: rig.stands(action, "failed")
    )
    query = "select id from escalation where action_id = %(id)s"
    ((escalation,),) = until(lambda: rig.house.asked(query, id=action), HEALED_WITHIN, what="the alarm")
    closed = "select 1 from escalation where id = %(id)s and state = 'closed'"

    def over() -> bool:
        if view := rig.view(rig.approver):
            rig.approver.do("submit", view_id=view["id"], values={"done": {"field": "The key may do it now"}})
        return bool(rig.house.asked(closed, id=escalation))

    rig.press(rig.approver, f"escalation:{escalation}", "C0ESCAL", "v1.escalation.close", over)
    return str(escalation), action


def test_a_clean_alarm_reaches_every_point(rig: Rig) -> None:
    before = len(rig.blade.reached())
    alarmed(rig)
    assert tuple(dict.fromkeys(name for name, _ in rig.blade.reached()[before:] if name in ALARM)) == ALARM


@pytest.mark.parametrize("point", ALARM * REPEATS)
def test_a_death_over_an_alarm_loses_nothing(rig: Rig, point: str) -> None:
    rig.blade.arm(point)
    escalation, action = alarmed(rig)
    assert rig.blade.fell
    assert rig.journal("hubspot").get(f"opsbrain:{action}") is None
    assert rig.house.rows("select 1 from failure where escalation_id = %(id)s", id=escalation) == [(1,)]
    rig.sound()
