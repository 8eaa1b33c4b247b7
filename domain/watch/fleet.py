"""The processes and what passes between them, judged: heartbeats, open files, loops, Slack, queues, mail, job slots."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from domain.kernel.policy_watch import Watch
from domain.kernel.ports import Ops
from domain.watch import executors, machine
from domain.watch.machine import number
from domain.watch.measures import Measures, lives
from domain.watch.spans import ago, span, waiting
from models import executor
from models.check import Result
from models.executor import ExecutorRow

_MINUTE = timedelta(minutes=1)
_BLOCKED_S = 1.0
"""A loop that is blocked for this long is worth a look: Slack waits three seconds for an answer."""

_REFUSED = (
    "Slack refuses what the bot sends ({}): posts wait and none is lost; they go out by themselves once the token "
    "works again, while a new token needs a restart of the house"
)


@dataclass(frozen=True)
class Shut:
    """Why Slack takes nothing, empty when it does; `surely` when that does not pass within seconds.

    Not `known` while no living bot tells it.
    """

    why: str
    surely: bool = False
    known: bool = True


def judge(found: Measures, roles: Sequence[str], limits: Watch) -> Iterator[Result]:
    """Everything that is known through the database."""
    yield from _trail(found)
    for role in roles:
        row = next((one for one in found.processes if one.role == role), None)
        yield process(found, role, row)
        if row is not None and lives(row):
            yield _files(found, row, limits)
            yield _lag(found, row, limits)
            yield from _memory(found, row, limits)
    yield from _slack(found, limits)
    yield from _queues(found, limits)
    yield from _mail(found, limits)
    yield _slots(found, limits)


def _trail(found: Measures) -> Iterator[Result]:
    """Nothing while it stands: when it was last verified is told elsewhere."""
    if found.trail_rewritten:
        text = "The trail was cut or written anew since last night: python -m bot audit verify names where."
        yield Result("trail", found.at, "bad", text)


def process(found: Measures, role: str, row: ExecutorRow | None) -> Result:
    """Whether one process of the house lives, and since when not."""
    name = f"process.{role}"
    if row is None:
        return Result(name, found.at, "bad", f"{role} has never run.")
    if row.state == "dead":
        return Result(name, found.at, "bad", f"{role} has ended and was not started again, {ago(row.silent_for)}.")
    if not lives(row):
        return Result(name, found.at, "bad", f"{role} has not been heard of for {span(row.silent_for)}.")
    return Result(name, found.at, "ok", f"{role} lives.", number(row.silent_for.total_seconds()))


def _files(found: Measures, row: ExecutorRow, limits: Watch) -> Result:
    name = f"fds.{row.role}"
    if "fds" not in row.detail:
        return Result(name, found.at, "unknown", f"{row.role} has not told how many files it has open.")
    held, most = int(row.detail["fds"]), int(row.detail["fds_limit"])
    share = 0.0 if most < 0 else held / max(most, 1) * 100  # a limit below zero is none
    state = "bad" if share >= limits.files_percent else "warn" if share >= limits.files_percent / 2 else "ok"
    return Result(name, found.at, state, f"{row.role} has {held:,} files open of {most:,}.", number(held))


def _lag(found: Measures, row: ExecutorRow, limits: Watch) -> Result:
    name = f"lag.{row.role}"
    if "lag_ms" not in row.detail:
        return Result(name, found.at, "unknown", f"{row.role} has not told how late its loop comes.")
    worst = float(row.detail["lag_peak_ms"]) / 1000
    state = "bad" if worst >= limits.loop_blocked_seconds else "warn" if worst >= _BLOCKED_S else "ok"
    told = f"{worst:.1f} s" if worst >= 1 else f"{worst * 1000:.0f} ms"
    text = f"The loop of {row.role} was blocked for up to {told} at a stretch in the last half hour."
    return Result(name, found.at, state, text, number(float(row.detail["lag_ms"])))


def shut(processes: Sequence[ExecutorRow]) -> Shut:
    """Why Slack takes nothing now, by what the living bot tells."""
    bot = next((one for one in processes if one.role == "bot" and lives(one)), None)
    told = bot.detail.get("slack") if bot is not None else None
    if not isinstance(told, dict):
        return Shut("", known=False)
    if told.get("closed"):
        return Shut(f"{_REFUSED.format(told['closed'])}.", surely=True)
    return Shut("" if told.get("links") else "There is no connection to Slack.")


async def shut_now(ops: Ops) -> Shut:
    """The same, as it stands now."""
    async with ops.db.begin() as db:
        return shut(await executor.latest(db))


def _memory(found: Measures, row: ExecutorRow, limits: Watch) -> Iterator[Result]:
    """Nothing for a process that is not killed above some size: the machine's memory and its slope are judged then."""
    if row.detail.get("rss_limit") and "rss" in row.detail:
        held, most = int(row.detail["rss"]), int(row.detail["rss_limit"])
        share = held / most * 100
        state = "bad" if share >= limits.process_memory_percent else "ok"
        text = f"{row.role} holds {held / 1024**2:,.0f} MB of the {most / 1024**2:,.0f} above which it is killed."
        yield Result(f"memory.{row.role}", found.at, state, text, number(held / 1024**2))


def _slack(found: Measures, limits: Watch) -> Iterator[Result]:
    bot = next((one for one in found.processes if one.role == "bot"), None)
    told = bot.detail.get("slack") if bot is not None and lives(bot) else None
    if not isinstance(told, dict):
        for name in ("slack", "slack.echo"):
            yield Result(name, found.at, "unknown", "The bot has not told how it stands with Slack.")
        return
    up, wanted = int(told.get("links", 0)), int(told.get("links_wanted", 0))
    state = "bad" if shut(found.processes).why else "warn" if up < wanted else "ok"
    text = f"{up} of {wanted} connections to Slack are up"
    if told.get("closed"):
        text += f"; {_REFUSED.format(told['closed'])}"
    yield Result("slack", found.at, state, f"{text}.", number(up))
    yield _echo(found, told, limits)
    for problem in told.get("problems") or []:
        yield Result(f"slack.{_word(problem)}"[:60], found.at, "warn", str(problem))


def _echo(found: Measures, told: dict[str, Any], limits: Watch) -> Result:
    """Whether events come: quiet people are no silence, an event of our own that was asked for and stays away is."""
    silent, asked = told.get("silent_s"), told.get("asked_s")
    if silent is None or not told.get("links"):
        return Result("slack.echo", found.at, "unknown", "There is no connection on which Slack could be heard.")
    heard = "Slack last brought an event" if told.get("heard_at") else "Slack has brought no event since the bot began"
    text, value = f"{heard} {ago(timedelta(seconds=silent))}", number(silent)
    if told.get("deaf"):
        return Result("slack.echo", found.at, "bad", f"{text}: it takes what is said and brings nothing.", value)
    if silent <= limits.echo_minutes * 60:
        return Result("slack.echo", found.at, "ok", f"{text}.", value)
    if asked is None or asked > silent:
        why = f"; whether it would is not known ({told.get('probe')})."
        return Result("slack.echo", found.at, "unknown", f"{text}{why}", value)
    return Result("slack.echo", found.at, "bad", f"{text}, although one of our own was asked for.", value)


def _queues(found: Measures, limits: Watch) -> Iterator[Result]:
    for one in found.backlogs:
        late, limit = min(one.oldest_for, _steady_for(found)), limits.queue_minutes * _MINUTE
        state = "bad" if late > limit else "warn" if late > limit / 5 else "ok"
        text = waiting(one.waiting, "flow", f" in {one.queue}", late)
        yield Result(f"queue.{one.queue}", found.at, state, f"{text}.", number(late.total_seconds()))
    if not found.backlogs:
        yield Result("queue", found.at, "ok", "No flow waits in any queue.", number(0))
    for stray in found.still if _steady_for(found) > executors.STILL else ():
        yield Result(f"flow.{stray.name}"[:60], found.at, "bad", f"The flow {stray.id} stands still.")


def _mail(found: Measures, limits: Watch) -> Iterator[Result]:
    if found.mail:
        late, limit = _since(found, found.mail.oldest_at), limits.outbox_minutes * _MINUTE
        state = "bad" if late > limit else "warn" if late > limit / 3 or found.mail.failed else "ok"
        text = waiting(found.mail.waiting, "message", " to be posted", late)
        if found.mail.failed:
            text += f"; {found.mail.failed} could not be posted ({found.mail.last_error})"
        yield Result("outbox", found.at, state, f"{text}.", number(found.mail.waiting))
    if found.post:
        late, limit = _since(found, found.post.oldest_at), limits.inbox_minutes * _MINUTE
        state = "bad" if late > limit else "warn" if late > limit * 0.4 else "ok"
        yield Result("inbox", found.at, state, f"{waiting(found.post.rows, 'command', '', late)}.")


def _since(found: Measures, at: datetime | None) -> timedelta:
    return min(found.at - at, _steady_for(found)) if at else timedelta()


def _steady_for(found: Measures) -> timedelta:
    """How long no clock was set: nothing can be told to be older than that."""
    since = machine.steady_since(found.processes, found.at)
    return found.at - since if since else timedelta.max


def _slots(found: Measures, limits: Watch) -> Result:
    ran, failed = found.outcomes.get("ran", 0), found.outcomes.get("escalated", 0)
    share = 100 * failed / max(ran + failed, 1)
    state = (
        "bad" if share > limits.slots_failed_percent else "warn" if share > limits.slots_failed_percent / 5 else "ok"
    )
    skipped = found.outcomes.get("skipped", 0)
    text = f"Of the job slots of the last day {ran} ran, {skipped} were skipped, {failed} failed."
    return Result("jobs", found.at, state, text, number(share / 100))


def _word(text: Any) -> str:
    return "".join(letter if letter.isalnum() else "-" for letter in str(text).lower())[:40]
