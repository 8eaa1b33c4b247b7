"""Is the house itself well? Processes, Slack, stores, sources, jobs and credentials, on one card."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from domain.kernel import freshness, plan
from domain.kernel.card import Card, Context, Line, Lines, Mark, Moment, Part
from domain.kernel.freshness import Source
from domain.kernel.ports import Ops
from domain.watch import accepted, activity, audit, checks, credentials, drifted, honesty
from domain.watch import jobs as standing
from domain.watch.activity import Activity
from domain.watch.credentials import Lapse
from domain.watch.spans import ago, span
from models import check, slot
from models.activity import Posted
from models.check import Result
from models.slot import SlotRow

_MARK: dict[str, Mark] = {"ok": "ok", "warn": "warn", "bad": "bad", "unknown": "off"}
_WEIGHT = {"bad": 0, "warn": 1, "off": 2, "ok": 3}
_SEE = "see Sources."
_FEW = 3
_POSTING = timedelta(minutes=1)
_LOOK_BACK = timedelta(days=8)
_NIGHTS = 8
_OF_PROCESS = {"process": "", "fds": "files of ", "lag": "loop of "}
_GROUPS = (("Processes", tuple(f"{kind}." for kind in _OF_PROCESS)), ("Slack", ("slack", "inbox", "outbox")))


async def card(ops: Ops) -> Card:
    """The card for /health, measured now; works, and says so, while the database is away."""
    found, results = await checks.look(ops)
    if found.database_error:
        lines = tuple(_line(one) for one in results)
        return Card("The house is not well", "The database does not answer.", (Lines(lines),))
    async with ops.db.begin() as db:
        sources = await freshness.seen(ops, db)
        rows = await slot.last_of_each(db, found.at - _LOOK_BACK)
        nights = await slot.last_ended(db, audit.JOB, _NIGHTS)
        states = await honesty.all_of(db)
        dangers = [one.line for one in await accepted.standing(db)]
        drift = await check.under(db, drifted.KEPT, drifted.FRESH)
    heard = await activity.look(ops)
    off = [_off(name) for name in freshness.unconnected(ops, sources)]
    groups = [
        ("Accepted dangers", dangers),
        *_grouped(results),
        ("Sources", [*(source(one, ops.clock.now(), timely=checks.timely(results)) for one in sources), *off]),
        ("Jobs", [*standing.paused(states), *jobs(rows, sources, found.at), *_undelivered(heard.posts, found.at)]),
        ("Last output", _outputs(heard, found.at)),
        ("Trail", _trail(nights[::-1], found.at)),
        ("Not as declared", [_drift(one) for one in drift if one.state in ("warn", "bad")]),
        ("Ends soon", [_ending(one) for one in credentials.due(ops)]),
    ]
    parts: list[Part] = [Lines(tuple(lines), heading) for heading, lines in groups if lines]
    parts.append(Context(("Measured", Moment(found.at))))
    return Card("Is the house well?", conclusion([line for _, lines in groups for line in lines]), tuple(parts))


def conclusion(lines: Sequence[Line]) -> str:
    """The answer in one sentence: well, or what is worst."""
    own = [line for line in lines if line.mark in ("bad", "warn") and not line.text.endswith(_SEE)]
    wrong = sorted(own, key=lambda line: _WEIGHT[line.mark])
    if not wrong:
        return "The house is well."
    more = f" and {len(wrong) - 2} more" if len(wrong) > 2 else ""
    named = "; ".join(f"{line.label}: {line.text.rstrip('.')}" for line in wrong[:2])
    return f"{_counted(wrong)} — {named}{more}."


def _counted(wrong: Sequence[Line]) -> str:
    things = "1 thing needs" if len(wrong) == 1 else f"{len(wrong)} things need"
    return f"{things} a look"


def _grouped(results: Sequence[Result]) -> list[tuple[str, list[Line]]]:
    found: list[tuple[str, list[Line]]] = []
    rest = list(results)
    for heading, beginnings in _GROUPS:
        mine = [one for one in rest if one.name.startswith(beginnings)]
        rest = [one for one in rest if one not in mine]
        found.append((heading, _short([_line(one) for one in mine])))
    return [*found, ("Stores and machine", _short([_line(one) for one in rest if one.name != "jobs"]))]


def _short(lines: list[Line]) -> list[Line]:
    """Many lines that are well are one line, and so are many that were not measured."""
    short = [line for line in lines if line.mark in ("bad", "warn")]
    folded: tuple[tuple[Mark, str], ...] = (("off", "not measured"), ("ok", "well"))
    for mark, word in folded:
        same = [line for line in lines if line.mark == mark]
        names = list(dict.fromkeys(line.label for line in same))
        count = f"All {len(names)}" if len(same) == len(lines) else f"{len(names)} {word}"
        short += [Line(mark, count, f"{', '.join(names)}.")] if len(same) > _FEW else same
    return short


def _line(one: Result) -> Line:
    """A process that is well in every respect is only named."""
    kind, _, role = one.name.partition(".")
    of_process = role if one.state == "ok" else f"{_OF_PROCESS.get(kind, '')}{role}"
    return Line(_MARK[one.state], of_process if kind in _OF_PROCESS else kind, one.text)


def _drift(one: Result) -> Line:
    return Line(_MARK[one.state], one.name.removeprefix(drifted.KEPT), one.text)


def source(one: Source, at: datetime, *, timely: bool = True) -> Line:
    """A source: its state and the age of its last good value; by a clock that is wrong nothing is stale."""
    age = f"last good value {span(at - one.as_of)} ago" if one.as_of else "no value yet"
    match one.mark(at):
        case "fresh":
            return Line("ok", one.name, f"{age}.")
        case "stale" if not timely:
            return Line("off", one.name, f"{age}, by a clock that is not to be trusted.")
        case "stale":
            return Line("warn", one.name, f"stale; {age}.")
        case "never":
            return Line("warn", one.name, "was not read yet.")
        case _:
            return Line("bad", one.name, f"{one.fault_text.rstrip('.')}; {age}.")


def _off(name: str) -> Line:
    return Line("off", name, "is not connected.")


def _trail(rows: Sequence[SlotRow], now: datetime) -> list[Line]:
    """When the trail was last verified and how many rows it had; nothing before the first time."""
    done = [row for row in rows if row.key.job == audit.JOB and row.ended_at and "head" in row.detail]
    if not done or not done[-1].ended_at:
        return []
    last = done[-1].detail
    if last["broken"]:
        return [Line("bad", "trail", str(last["broken"][0]))]
    return [Line("ok", "trail", f"{last['rows']:,} rows, verified {ago(now - done[-1].ended_at)}.")]


def jobs(rows: Sequence[SlotRow], sources: Sequence[Source], now: datetime) -> list[Line]:
    """The last slot of every job that has ended: those that failed one by one, the rest in one line."""
    last = {row.key.job: row for row in rows if row.ended_at is not None}
    faulty = {one.key.partition(".")[0] for one in sources if one.fault}
    lines = [_failed(row, faulty, now) for row in last.values() if row.state == "escalated"]
    read = {one.key for one in sources}
    lines += [Line("warn", row.key.job, text) for row in last.values() if (text := _lacking(row, read))]
    skipped = [row.key.job for row in last.values() if row.state == "skipped"]
    ran = sorted((row for row in last.values() if row.state == "ran"), key=lambda row: row.planned_at, reverse=True)
    if ran:
        newest = ", ".join(f"{row.key.job} {ago(now - row.planned_at)}" for row in ran[:5])
        lines = [*lines, Line("ok", f"{len(ran)} ran", f"{newest}{f' and {len(ran) - 5} more' if ran[5:] else ''}.")]
    if skipped:
        lines = [*lines, Line("off", f"{len(skipped)} skipped", f"{', '.join(sorted(skipped))}.")]
    running = sorted(row.key.job for row in rows if row.ended_at is None)
    if running:
        lines = [*lines, Line("ok", f"{len(running)} open", f"{', '.join(running)}.")]
    return lines


def _undelivered(posts: Sequence[Posted], now: datetime) -> list[Line]:
    """Jobs that ran and whose post reached nobody: how a run ended and whether it was delivered are two things."""
    told = {"failed": "could not be posted", "sent": "", "collapsed": ""}
    return [
        Line(
            "bad" if one.state == "failed" else "warn",
            one.job,
            f"ran {ago(now - one.ran_at)}; its post {told.get(one.state, f'waits, for {span(now - one.since)}')}.",
        )
        for one in posts
        if told.get(one.state) != "" and now - one.since > _POSTING
    ]


def _outputs(heard: Activity, now: datetime) -> list[Line]:
    """What has fallen silent, unless it is told elsewhere on the card; and when each bot last did something."""
    lines = [Line("bad", one.name, f"{one.how}: {one.text}.") for one in heard.quiet if one.kind in ("job", "bot")]
    bots = [(one.name, one.at) for one in heard.last if one.kind == "bot"]
    told = [f"{name} {ago(now - at)}" for name, at in bots if at]
    mute = [name for name, at in bots if at is None]
    lines += [Line("ok", f"{len(told)} bots", f"{', '.join(told)}.")] if told else []
    return [*lines, Line("off", "nothing yet", f"{', '.join(mute)}.")] if mute else lines


def _failed(row: SlotRow, faulty: Collection[str], now: datetime) -> Line:
    """A job that failed; the fault of a source that fails is told there."""
    why = _SEE if row.detail.get("source") in faulty else row.reason
    return Line("bad", row.key.job, f"failed {ago(now - row.planned_at)}: {why}")


def _lacking(row: SlotRow, read: Collection[str]) -> str:
    """What a job did without, or did not run for; nothing of vendors that are not connected at all."""
    lacks = {name: str(why) for name, why in row.detail.get("without", {}).items() if name in read or plan.JOB in name}
    if not lacks:
        return ""
    how = "ran without" if row.state == "ran" else "did not run for want of"
    why = _SEE if all(name in read for name in lacks) else "; ".join(lacks.values())
    return f"{how} {', '.join(lacks)}: {why}"


def _ending(one: Lapse) -> Line:
    return Line("bad" if one.left <= 7 else "warn", one.what, one.sentence)
