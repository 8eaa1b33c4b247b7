"""Who may do what: the one door for a command, a button, a dialog, a thread, a dashboard and the command line.

Authority is looked up at the moment of the deed. What nobody can tell is refused, and so is whatever no rule allows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from domain.kernel import trail
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from models.base import Db
from models.directory import Who

Deed = Literal["approve", "edit", "reject", "undo", "task", "manage"]
"""Allow an action, allow it with other arguments, refuse it, take it back; hand in work; say how the house behaves."""
_STRANGERS = {
    "guest": "You are a guest in this workspace.",
    "other team": "You belong to another company's workspace.",
    "deactivated": "Your account is deactivated.",
    "bot": "Programs may not do this.",
}


@dataclass(frozen=True)
class Asker:
    """Who wants something, and what Slack tells of them now; nothing when it does not."""

    id: str
    who: Who | None


@dataclass(frozen=True)
class Subject:
    """What a deed is about: `kind` of action, the handles that were `asked` (None: the present policy alone counts).

    `authors` are id and mailbox digest of everybody who brought it about.
    """

    id: str
    kind: str = ""
    asked: tuple[str, ...] | None = None
    authors: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Verdict:
    """Whether somebody may; else `rule` says by which rule not, and `why` tells them in a sentence who may."""

    allowed: bool
    why: str = ""
    rule: str = ""


@dataclass(frozen=True)
class _Case:
    policy: Policy
    deed: Deed
    who: Who | None
    subject: Subject

    @property
    def named(self) -> tuple[str, ...]:
        """The handles the present policy names for this deed."""
        if self.deed == "manage":
            return tuple(one.removeprefix("@") for one in self.policy.people.owners)
        return self.policy.approvals.who(self.subject.kind)


async def known(ops: Ops, person_id: str) -> Asker:
    """Look somebody up now; to be called outside of a transaction, because Slack is asked."""
    return Asker(person_id, await ops.people.look(person_id))


async def may(ops: Ops, person_id: str, deed: Deed, subject: Subject, *, cause: str = "") -> Verdict:
    """Look somebody up and judge, in a transaction of its own."""
    asker = await known(ops, person_id)
    async with ops.db.begin() as db:
        return await authorize(ops, db, asker, deed, subject, cause=cause)


async def authorize(ops: Ops, db: Db, asker: Asker, deed: Deed, subject: Subject, *, cause: str = "") -> Verdict:
    """Judge; every refusal is a row of the trail in the caller's transaction."""
    verdict = judge(ops.policy, asker, deed, subject)
    if not verdict.allowed:
        note = Note(f"{deed}.denied", subject.id, f"user:{asker.id}", verdict.why, cause)
        await trail.record(db, note, {"rule": verdict.rule, "kind": subject.kind})
    return verdict


def judge(policy: Policy, asker: Asker, deed: Deed, subject: Subject) -> Verdict:
    """The first rule that forbids it, or that it is allowed."""
    case = _Case(policy, deed, asker.who if asker.who and asker.who.id == asker.id else None, subject)
    for name, rule in RULES.items():
        if why := rule(case):
            return Verdict(False, why, name)
    return Verdict(True)


def _unknown(case: _Case) -> str:
    if case.who is not None:
        return ""
    return "I could not check who you are, because Slack did not tell me. Please try again in a minute."


def _stranger(case: _Case) -> str:
    if case.who is None or not case.who.stranger:
        return ""
    return f"{_STRANGERS.get(case.who.stranger, 'I do not know what kind of account this is.')} {_who(case)}"


def _unnamed(case: _Case) -> str:
    """Handing in work is for every member; all else is for whom ops.toml names now."""
    if case.deed == "task" or _among(case.who, case.named):
        return ""
    return _who(case)


def _not_asked(case: _Case) -> str:
    """Who became an approver later was not asked."""
    if case.deed not in ("approve", "edit", "reject") or case.subject.asked is None:
        return ""
    if _among(case.who, case.subject.asked):
        return ""
    return f"You were not among those who were asked when this was put forward. {_who(case)}"


def _own(case: _Case) -> str:
    """Nobody allows what they brought about: by their account, or by another account of their mailbox."""
    who = case.who
    if who is None or case.deed not in ("approve", "edit"):
        return ""
    if any(who.id == user or (who.mail and who.mail == mail) for user, mail in case.subject.authors):
        return f"This goes back to you, so somebody else has to decide. {_who(case)}"
    return ""


Rule = Callable[[_Case], str]
RULES: dict[str, Rule] = {
    "unknown": _unknown,
    "stranger": _stranger,
    "unnamed": _unnamed,
    "not asked": _not_asked,
    "own": _own,
}
"""Every rule by its name, in order; each says why not, or nothing."""


def _among(who: Who | None, named: Sequence[str]) -> bool:
    return who is not None and bool({who.id, who.handle} & set(named))


def _who(case: _Case) -> str:
    """Who may, for a sentence of its own."""
    if case.deed == "task":
        return "Members of this workspace may hand in work."
    if not case.named:
        return "Nobody may: ops.toml names nobody for this."
    others = case.deed in ("approve", "edit")
    named = [one for one in case.named if not (others and _among(case.who, [one]))]
    return f"Only {listed(named)} may do this." if named else "Nobody else is named for this in ops.toml."


def listed(handles: Sequence[str]) -> str:
    """Handles for a sentence: @one, @two or @three."""
    named = [f"@{handle}" for handle in handles]
    return " or ".join([", ".join(named[:-1]), named[-1]] if len(named) > 1 else named)
