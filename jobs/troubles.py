"""What the house's own work fails at becomes a trouble with its cause, and is over when that work succeeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

from domain.escalations import escalation, failures
from domain.escalations.failures import Failure
from domain.kernel import runbook
from domain.kernel.finding import Finding
from domain.kernel.policy_failures import Fault
from domain.kernel.ports import Ops
from domain.tasks import working
from domain.watch import honesty, needs, slots, sources
from domain.watch.silences import Quiet, Silence

_ONE_STREAM = ("permission", "gone")
"""Faults of one stream, although a person must mend them; all others of their kind are the whole vendor's."""
_NEEDED: dict[Fault, str] = {
    "transient": "Look whether the other side has trouble; the house goes on trying by its timetable.",
    "input": "Set right what was handed in.",
    "logic": "Look at what came back: its shape or its values are not what they were.",
    "systemic": "Mend what the reason names: no further try will help before that.",
}
_SEE = {"see": "/health"}
_QUIET: dict[Silence, tuple[str, str]] = {
    "never fired": (
        "Its timetable said when it was due; it was waited for beyond its limit.",
        "Look with /ops jobs when it last came, and in /health whether the scheduler and its worker live.",
    ),
    "ran empty": (
        "It ran by its timetable and said nothing was wrong.",
        "Look whether there is truly nothing, or whether it looks in the wrong place.",
    ),
    "shape changed": ("The answer was read as always.", "Look at what came back: its fields are not what they were."),
    "done but unused": (
        "It was done and handed over.",
        "See that it reaches who needs it; stop what nobody needs: enabled = false in [jobs] of ops.toml.",
    ),
}
"""What the house did about each kind of silence, and what a person may do."""
POLICY = "drift:policy"
"""The cause of a policy on disk that is not the one in force."""
DANGER = "danger:"
_PAUSED = "paused:"
_BY_CLOCK = "job:clock"


async def judged(ops: Ops, args: dict[str, Any], attempt: int, reason: str, detail: dict[str, Any]) -> float | None:
    """Write down that a try of a slot failed; the seconds until the next one, None when the slot is given up."""
    one = await _of_slot(ops, args, reason, detail, attempt)
    left = await slots.left(ops, args)
    async with ops.db.begin() as db:
        await honesty.attempted(db, one.job)
        earlier = await failures.earlier(db, one.cause, one.subject)
        await failures.raised(ops, db, [one], by=f"job:{one.job}")
    verdict = failures.decide(ops.policy.failures, one.kind, reason, job=one.job, attempt=attempt, earlier=earlier)
    return verdict.after if verdict.what == "again" and verdict.after < left else None


async def ended(ops: Ops, args: dict[str, Any], state: slots.End, reason: str, detail: dict[str, Any]) -> bool:
    """End the slot of a job; when it ran, what it stands for is well. False when the slot had ended before."""
    if state == "ran":
        await _well(ops, args, detail)
        if without := await needs.without(ops, str(args["job"])):
            detail = {**detail, "without": without}
    return await slots.ended(ops, args, state, reason, detail)


async def _well(ops: Ops, args: Mapping[str, Any], detail: Mapping[str, Any]) -> None:
    """A source that answered oddly is not well, but its vendor is."""
    job, name = str(args["job"]), str(args["args"].get("source", ""))
    vendor, odd = name.partition(".")[0], str(detail.get("fault", "")) if name else ""
    well = [f"job:{job}", f"vendor:{vendor}", *([] if odd else [f"source:{name}"])] if name else [f"job:{job}"]
    told = [await _of_slot(ops, args, odd, {"kind": "logic", "source": vendor})] if odd else []
    async with ops.db.begin() as db:
        await failures.raised(ops, db, told, by=f"job:{job}")
        await escalation.well(db, well, f"the job {job} ran", by=f"job:{job}")


def overdue(late: Sequence[slots.Row]) -> list[Failure]:
    """Slots that did not end in time, and those that nobody began: no more tries of these are waited for."""
    return [
        replace(_of_job(row.key.job, slots.why_overdue(row), "transient", str(row.key)), retried=row.state != "claimed")
        for row in late
    ]


async def given_up(ops: Ops, flow_id: str) -> None:
    """A flow that ended its process again and again is not begun any more: nothing tries it again."""
    name, _, rest = flow_id.partition(":")
    detail = f"{flow_id} ended its process each time it ran, and is given up."
    if name == "task":
        task_id, _, run = rest.partition(":")
        await working.given_up(ops, task_id, int(run), detail)
        return
    one = Failure(
        cause=f"job:{name}",
        kind="logic",
        detail=detail,
        title=f"Work of {name} is given up",
        trying=f"Run the flow {flow_id}.",
        tried="It was handed to another process each time.",
        needed="Find what in it ends a process; the log of the workers tells when. Then start it anew.",
        subject=flow_id,
        link=_SEE,
    )
    async with ops.db.begin() as db:
        await failures.raised(ops, db, [one], by="job:executors")


async def standing(ops: Ops, still: Mapping[str, str], foreign: Mapping[str, str]) -> None:
    """Flows that stand still, by id, and unfinished ones of other versions; those not named any more are well."""
    told = [
        Failure(
            f"still:{flow_id}", "logic", text, "A flow stands still", f"Finish the flow {flow_id}.",
            "Its process lives and holds it, so nobody else took it over.",
            "End the process that holds it; another takes the flow over at its last step.",
            subject=flow_id, link=_SEE,
        )
        for flow_id, text in still.items()
    ] + [
        Failure(
            f"version:{version}", "systemic", text, "Flows of another version wait", "Finish flows begun before.",
            "Nobody here may run them: their steps may have changed.",
            "Run the version they belong to until they are done, or cancel them.",
            subject=version, link=_SEE,
        )
        for version, text in foreign.items()
    ]  # fmt: skip
    await _told(ops, told, ("still:", "version:"), "job:patrol")


def checked(bad: Mapping[str, str]) -> list[Failure]:
    """What the self-check found bad, by name."""
    return [
        Failure(
            f"check:{name}", "systemic", text, "The house is not well", f"Keep “{name}” as it should be.",
            "It is looked at every half hour.",
            f"{runbook.mend(f'check:{name}')} The next look that finds it well closes this.",
            subject=name, link=_SEE,
        )
        for name, text in bad.items()
    ]  # fmt: skip


def policy(path: str, changed: Sequence[str], problem: str) -> list[Failure]:
    """The policy on disk is not the one in force: what was changed, or why it cannot be taken."""
    what = problem or f"{path} was changed: {'; '.join(changed[:5])}{'; …' if changed[5:] else ''}."
    return [Failure(
        POLICY, "systemic", what, "The policy on disk is not the one in force", "Go by the policy in force.",
        "The policy that was accepted last stays in force, also over restarts.",
        "Look at /ops policy and accept or refuse it there, or by: python -m bot policy accept (or refuse). "
        "A file with something wrong in it must be corrected first.",
        subject="policy", link={"see": "/ops policy"},
    )]  # fmt: skip


def dangerous(over: Mapping[str, str]) -> list[Failure]:
    """Dangers that somebody accepted for a day, by name, which the house still runs with."""
    return [
        Failure(
            f"{DANGER}{flag}", "systemic", text, "An accepted danger is still there", "Run without it.",
            "The house goes on; the next start refuses.", "Do what the sentence says, then start the house again.",
            subject=flag, link=_SEE,
        )
        for flag, text in over.items()
    ]  # fmt: skip


def drifted(found: Sequence[Finding]) -> list[Failure]:
    """What is not as it was declared."""
    return [
        Failure(
            f"drift:{one.name}", "systemic", one.text, "The house is not as it was declared",
            f"Keep “{one.name}” as it was declared.", "It is compared every night.",
            f"{one.mend.rstrip('.')}. python -m bot doctor looks again at once.", subject=one.name, link=_SEE,
        )
        for one in found
    ]  # fmt: skip


async def silent(ops: Ops, quiet: Sequence[Quiet]) -> None:
    """What has fallen silent; what is known under another cause joins that."""
    causes = {("shape changed", "source"): "source:{}", ("done but unused", "messages"): "check:outbox"}
    told = []
    for one in quiet:
        tried, needed = _QUIET[one.how]
        cause = causes.get((one.how, one.kind), "silent:{}").format(one.name)
        trying = f"Bring something new from {one.name}."
        title = "Something has fallen silent"
        told.append(Failure(cause, "logic", one.text, title, trying, tried, needed, subject=one.name, link=_SEE))
    await _told(ops, told, ("silent:",), "job:silence")


async def undelivered(ops: Ops) -> None:
    """Messages Slack did not take, each once."""
    async with ops.db.begin() as db:
        told = [
            Failure(
                "outbox", "systemic", error, "Messages could not be delivered", f"Deliver the message {key}.",
                "Every form and every place it may stand in.",
                "Invite the bot to the channel or set right its name in ops.toml; /health names what is missing.",
                subject=key, link=_SEE,
            )
            for key, error in await failures.undelivered(db)
        ]  # fmt: skip
        if told:
            await failures.raised(ops, db, told, by="job:escalate")


async def paused(ops: Ops) -> None:
    """Jobs that paused themselves, each told once; over when they go on."""
    async with ops.db.begin() as db:
        told = [
            Failure(
                f"{_PAUSED}{job}", "systemic", f"The job {job} is {why}.", f"The job {job} has paused itself",
                f"Run the job {job} by its timetable.",
                f"Every time slot failed. It is tried again every {ops.policy.honesty.try_again_minutes:g} minutes.",
                f"Mend what it fails at, then type: /ops jobs resume {job}",
                job=job, subject=job, link=_SEE,
            )
            for job, why in await honesty.untold(db, _PAUSED)
        ]  # fmt: skip
        await failures.raised(ops, db, told, by=_BY_CLOCK)
        still = [f"{_PAUSED}{job}" for job in await honesty.paused_by_itself(db)]
        over = [cause for cause in await escalation.standing(db, _PAUSED) if cause not in still]
        await escalation.well(db, over, "the job goes on", by=_BY_CLOCK)


async def _told(ops: Ops, told: Sequence[Failure], prefixes: Sequence[str], by: str) -> None:
    async with ops.db.begin() as db:
        await escalation.only(ops, db, told, prefixes, by=by)


async def _of_slot(
    ops: Ops, args: Mapping[str, Any], reason: str, detail: Mapping[str, Any], attempt: int = 1
) -> Failure:
    """A failed try of a slot, under the vendor, the source or the job it speaks of."""
    kind = cast("Fault", detail.get("kind") or "logic")
    key, name, job = str(detail.get("source", "")), str(args["args"].get("source", "")), str(args["job"])
    subject = str(slots.key_of(args))
    if key == "slack":  # what cannot be said is told as that, whoever wanted to say it
        return replace(_of_job(job, reason, kind, subject, attempt), cause="outbox")
    found, whole = sources.known(ops, key), kind in ("transient", "systemic")
    if found is None or not (whole or name):
        return _of_job(job, reason, kind, subject, attempt)
    department, connector = found
    whole = whole and await sources.fault(ops, name) not in _ONE_STREAM
    return Failure(
        cause=f"vendor:{key}" if whole else f"source:{name}",
        kind=kind,
        detail=reason,
        title=f"{connector.name} cannot be read" if whole else f"{name} cannot be used",
        trying=f"Read {name or connector.name} for the job {job}.",
        tried=_tries(attempt),
        needed=_NEEDED[kind],
        source=key,
        job=job,
        subject=subject,
        department=department.key,
        link=_SEE,
        retried=True,
    )


def _of_job(job: str, reason: str, kind: Fault, subject: str, attempt: int = 1) -> Failure:
    return Failure(
        cause=f"job:{job}",
        kind=kind,
        detail=reason,
        title=f"The job {job} keeps failing",
        trying=f"Run the job {job} ({subject}).",
        tried=_tries(attempt),
        needed=_NEEDED[kind],
        job=job,
        subject=subject,
        link=_SEE,
        retried=True,
    )


def _tries(attempt: int) -> str:
    tries = "Once" if attempt == 1 else f"{attempt} times"
    return f"{tries} in its time slot; it goes on by its timetable."
