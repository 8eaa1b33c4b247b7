"""The policy in force: what the file says takes effect when a person accepts it, and what stands between is told."""

from __future__ import annotations

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from domain.kernel import trail
from domain.kernel.card import Button, Buttons, Card, Context, Line, Lines, Moment, Part
from domain.kernel.errors import InputError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.trust import authorize
from domain.trust.authorize import Subject, Verdict
from models import policy_version as rows
from models.base import Db
from models.policy_version import Version

SUBJECT = "policy"
_SHOWN = 8
_LONGEST = 60
_NOTHING = object()


@dataclass(frozen=True)
class Text:
    """What a policy file says; `problem` is what is wrong with it, empty for one that can be taken."""

    body: str
    digest: str = ""
    problem: str = ""


@dataclass(frozen=True)
class Grounds:
    """Why a file is taken without asking anybody, and by which release of the program; no reason: somebody is asked.

    `deployed`: by a word of whoever deploys it, which stands over a refusal.
    """

    why: str = ""
    release: str = ""
    deployed: bool = False


def digest(body: str) -> str:
    """What two files that say the same have in common, whatever their comments."""
    said = json.dumps(tomllib.loads(body), sort_keys=True, default=str)
    return hashlib.sha256(said.encode()).hexdigest()


async def settle(db: Db, text: Text, judge: Callable[[Version | None], Grounds], by: str) -> Version | None:
    """The policy in force once the file was looked at; None when there is none and the file cannot be taken.

    `judge` says of the one in force whether the file replaces it; what it does not replace waits for a person.
    """
    await rows.alone(db)
    now = await rows.standing(db, "in_force")
    if text.problem:
        return now
    if now and now.digest == text.digest:
        await rows.retire(db)
        return now
    grounds = judge(now)
    if grounds.why and (grounds.deployed or not await _refused(db, text)):
        await _taken(db, text, now, Note("policy.released", SUBJECT, by, grounds.why), grounds.release)
    elif await rows.wait(db, text.digest, text.body) and now:
        note = Note("policy.found", SUBJECT, by, "the file differs from the policy in force")
        await trail.record(db, note, _told(now.body, text))
    return await rows.standing(db, "in_force")


async def _refused(db: Db, text: Text) -> bool:
    """Whether a person refused exactly this: another release does not undo that."""
    known = await rows.read(db, text.digest)
    return known is not None and known.state == "refused"


async def accept(db: Db, text: Text, by: str, cause: str = "") -> tuple[str, ...]:
    """Put what the file says in force, by a person's word; what it changes."""
    await rows.alone(db)
    now = await rows.standing(db, "in_force")
    note = Note("policy.accepted", SUBJECT, by, "a person accepted it", cause)
    if now is None or now.digest != text.digest:
        await _taken(db, text, now, note)
    return changes(now.body, text.body) if now else ()


async def refuse(db: Db, digest: str, by: str, cause: str = "") -> bool:
    """Leave the policy in force as it is, whatever the file says; False when nothing waits under this digest."""
    await rows.alone(db)
    if not await rows.refuse(db, digest, by):
        return False
    note = Note("policy.refused", SUBJECT, by, "a person refused it", cause)
    await trail.record(db, note, {"digest": digest})
    return True


async def _taken(db: Db, text: Text, before: Version | None, note: Note, release: str = "") -> None:
    await rows.take(db, text.digest, text.body, note.by, release)
    await trail.record(db, note, _told(before.body if before else "", text))


def _told(before: str, text: Text) -> dict[str, Any]:
    return {"digest": text.digest, "changes": list(changes(before, text.body)[:100]) if before else []}


# --- what differs -----------------------------------------------------------------------------------------------------


def changes(before: str, after: str) -> tuple[str, ...]:
    """What another policy would change, a line for each key: `approvals.deputy: "" → "finance"`."""
    was, becomes = dict(_keys(tomllib.loads(before))), dict(_keys(tomllib.loads(after)))
    names = sorted(set(was) | set(becomes))
    differ = [name for name in names if was.get(name, _NOTHING) != becomes.get(name, _NOTHING)]
    return tuple(f"{name}: {_word(was, name)} → {_word(becomes, name)}" for name in differ)


def _keys(section: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in section.items():
        if isinstance(value, dict):
            yield from _keys(value, f"{before}{name}.")
        else:
            yield f"{before}{name}", value


def _word(said: Mapping[str, Any], name: str) -> str:
    if name not in said:
        return "not there"
    word = json.dumps(said[name], ensure_ascii=False, default=str)
    return word if len(word) <= _LONGEST else f"{word[: _LONGEST - 1]}…"


# --- how a person sees it and decides ---------------------------------------------------------------------------------


async def card(ops: Ops) -> Card:
    """What is in force since when and by whom, and what waits, with the two answers."""
    async with ops.db.begin() as db:
        now, waits = await rows.standing(db, "in_force"), await rows.standing(db, "waiting")
    if now is None:
        return Card("The policy", "None was put in force yet; the house goes by its file.")
    when = Moment(now.decided_at or now.found_at)
    since: Part = Context((f"In force: {now.digest[:12]}, by {now.decided_by}, since", when))
    if waits is None:
        return Card("The policy", "What the file says is in force, or was refused.", (since,))
    changed = changes(now.body, waits.body)
    lines = Lines(tuple(Line("warn", *one.partition(": ")[::2]) for one in changed[:_SHOWN]))
    told = f"{counted(changed)} on disk and {'waits' if len(changed) == 1 else 'wait'} for a person."
    return Card("The policy", told, (lines, _answers(waits), since))


def counted(changed: tuple[str, ...]) -> str:
    """`1 rule was changed`."""
    return "1 rule was changed" if len(changed) == 1 else f"{len(changed)} rules were changed"


def _answers(waits: Version) -> Buttons:
    return Buttons(
        (
            Button("policy.accept", "Accept", waits.digest, "primary"),
            Button("policy.refuse", "Refuse", waits.digest),
        )
    )


async def decide(ops: Ops, person_id: str, digest: str, *, yes: bool, cause: str) -> tuple[Verdict, Card]:
    """Accept or refuse what waits, for whom the policy in force lets approve; InputError when it waits no more."""
    asker = await authorize.known(ops, person_id)
    async with ops.db.begin() as db:
        subject = Subject(SUBJECT, "policy.change")
        verdict = await authorize.authorize(ops, db, asker, "approve" if yes else "reject", subject, cause=cause)
        if not verdict.allowed:
            return verdict, Card("You may not decide this", verdict.why)
        return verdict, await _decided(db, digest, f"user:{person_id}", yes=yes, cause=cause)


async def _decided(db: Db, digest: str, by: str, *, yes: bool, cause: str) -> Card:
    waits = await rows.read(db, digest)
    if waits is None or waits.state != "waiting":
        raise InputError("This change does not wait any more; /ops policy shows how it stands.")
    if yes:
        changed = await accept(db, Text(waits.body, waits.digest), by, cause)
        return Card("Accepted", f"{counted(changed)}; every process begins anew with it within seconds.")
    await refuse(db, digest, by, cause)
    return Card("Refused", "The policy in force stays. The file still differs; put it back as it was.")
