"""Why something was done: from any id to who asked, who allowed it, which rule, what was known and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from domain.kernel import action as actions
from domain.kernel import people
from domain.kernel.card import Card, Context, Fact, Facts, Line, Lines, Mark, Part, Prose
from domain.kernel.ports import Ops
from domain.kernel.trail import Entry
from models import asking, story
from models.base import Json
from models.story import Page, Story

_LINES = 30
_LONG = 300
_BAD = ("failed", "unclear", "denied", "refused", "expired", "stale")
_STANDS = {
    "proposed": "was put forward and is not decided", "approved": "was allowed and is about to begin",
    "running": "is being done", "done": "was done", "failed": "failed", "unclear": "was tried, and nobody can tell",
    "refused": "was not allowed", "stale": "was not done, for things had changed", "undoing": "is being undone",
    "undone": "was done and undone",
}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """A story with the names of people, the vendor's answers it rests on, and the company's clock."""

    story: Story
    names: Mapping[str, str]
    pages: tuple[Page, ...]
    ops: Ops

    def who(self, by: str | None) -> str:
        """How somebody is called: a handle where one is known."""
        return people.called(by or "", self.names)

    def at(self, moment: str | datetime | None) -> str:
        """A moment by the company's clock."""
        found = datetime.fromisoformat(moment) if isinstance(moment, str) else moment
        return f"{found.astimezone(self.ops.policy.company.tz):%-d %b %Y %H:%M:%S}" if found else "at an unknown time"


async def card(ops: Ops, word: str) -> Card:
    """The story of one id as a card; a kind sentence for an id nobody knows."""
    found = await told(ops, word)
    return draw(found) if found else unknown(word)


def data(found: Told) -> Json:
    """A story as data."""
    return asdict(found.story) | {"pages": [one._asdict() for one in found.pages]}


async def told(ops: Ops, word: str) -> Told | None:
    """Everything about one id, read in one transaction; None when nothing is known."""
    subject = (word.split() or [""])[0].partition(":")[0].upper()
    if not subject:
        return None
    async with ops.db.begin() as db:
        found = await story.tell(db, subject)
        if found is None:
            return None
        names = await asking.handles(db, sorted({one.by for one in found.events} | set(_people(found))))
        pages = await story.pages(db, _sources(found))
    return Told(found, names, tuple(pages), ops)


def unknown(word: str) -> Card:
    """What is said of an id that nobody knows."""
    if not word.strip():
        return Card("Which one?", "Give me the id of a task, action, approval or escalation, such as A-7K2QJ5MB3X.")
    said = f"I know no task, action, approval or escalation called “{word.strip()[:60]}”."
    hint = "An id has a letter, a dash and ten more; the id of an error message of mine is found in the log."
    return Card("Nothing is known of that id", said, (Prose(hint),))


def draw(found: Told) -> Card:
    """The story on one card: the answer, who and what led to it, and everything that happened."""
    one = found.story
    parts: list[Part] = [Facts(tuple(_facts(found)))]
    if known := tuple(_known(found)):
        parts.append(Lines(known, "What was known when it was decided"))
    parts.append(Lines(tuple(_timeline(found)), "What happened"))
    if links := [event.seq for event in one.events if event.seq]:
        parts.append(Context((f"Rows {links[0]} to {links[-1]} of the trail, of which these are {len(links)}",)))
    return Card(f"Why {one.subject}", _conclusion(found), tuple(parts))


def _conclusion(found: Told) -> str:
    one = found.story
    if one.action:
        return _of_action(found, one.action)
    if one.task:
        where = f" by the rule {one.task['rule']}" if one.task["rule"] else ", for no rule matched"
        return f"{found.who(one.task['requester'])} handed it in; it is {one.task['state'].replace('_', ' ')}{where}."
    if one.escalation:
        count = one.escalation["count"]
        return (
            f"{_short(one.escalation['title'])}: {one.escalation['state']}, {count} failure{'s' if count != 1 else ''}."
        )
    return f"{len(one.events)} thing{'s' if len(one.events) > 1 else ''} happened to it."


def _of_action(found: Told, action: Json) -> str:
    allowed = next((row for row in reversed(found.story.approvals) if row["state"] == "approved"), None)
    state, requester = _STANDS[action["state"]], found.who(action["requester"])
    said = f"“{actions.title(found.ops.departments, action['kind'])}” {state}: asked for by {requester}"
    if allowed is None and action["decided"]:
        return f"{said}, allowed by {found.who(action['decided'])}."
    return f"{said}{f', allowed by {_deciders(found, allowed)}' if allowed else ''}."


def _deciders(found: Told, approval: Json) -> str:
    """Who decided and when; all who agreed, when more than one had to."""
    agreed = [one for one in found.story.votes if one["approval_id"] == approval["id"] and one["choice"] == "approve"]
    people = [found.who(one["person"]) for one in agreed] if approval["state"] == "approved" else []
    return f"{' and '.join(people or [found.who(approval['decided_by'])])} on {found.at(approval['decided_at'])}"


def _facts(found: Told) -> Iterator[Fact]:
    one = found.story
    if one.task:
        yield Fact("Work", _short(one.task["brief"].get("objective", "")), one.task["id"])
        version = f"rules {one.task['rule_version']}" if one.task.get("rule_version") else ""
        yield Fact("Rule", one.task["rule"] or "none matched", version)
    if one.action:
        yield Fact("Action", one.action["kind"], one.action["id"])
        yield Fact("With", _pairs(one.action["args"]), f"digest {one.action['digest'][:8]}")
        yield Fact("Because", _short(one.action["reason"]) or "no reason was given")
    for approval in one.approvals:
        yield Fact(f"Approval {approval['version']}", _decision(found, approval), f"digest {approval['digest'][:8]}")
    if one.escalation:
        yield Fact("Escalation", _short(one.escalation["title"]), f"{one.escalation['id']}, {one.escalation['state']}")
        yield Fact("Went wrong", _short(one.escalation["wrong"]))
    if one.action and one.action["before"]:
        yield Fact("The vendor held", _pairs(one.action["before"]), "before")
    if one.action and one.action["after"]:
        yield Fact("It held then", _pairs(one.action["after"]), "read back after it was done")
    if one.action and one.action["saved"]:
        yield Fact("The vendor calls it", _pairs(one.action["saved"]))
    if one.action and one.action["error"]:
        yield Fact("Error", _short(one.action["error"]))
    if one.report:
        yield Fact("Report", _short(one.report["summary"]), one.report["id"])


def _decision(found: Told, approval: Json) -> str:
    if approval["state"] == "pending":
        return f"waits until {found.at(approval['expires_at'])}"
    if approval["decided_at"] is None:
        return str(approval["state"])
    because = f": {_short(approval['reason'])}" if approval["reason"] else ""
    return f"{approval['state']} by {_deciders(found, approval)}{because}"


def _known(found: Told) -> Iterator[Line]:
    snapshot = found.story.snapshot
    if snapshot is None:
        return
    body = snapshot["body"]
    yield Line("ok", snapshot["id"], f"policy {body.get('policy') or 'unknown'}, rule {body.get('rule') or 'none'}")
    for figure in body.get("figures", [])[:8]:
        yield Line("ok", "Figure", _short(_pairs(figure)))
    for page in found.pages:
        yield Line("ok", page.stream, f"answer {page.id} of the vendor, read {found.at(page.at)}")
    read = {page.stream for page in found.pages}
    rest = [(key, value) for key, value in body.get("sources", {}).items() if key not in read]
    if rest:
        ages = ", ".join(f"{key} {found.at(value) if value else 'never'}" for key, value in rest)
        yield Line("off", "As of", ages)


def _timeline(found: Told) -> Iterator[Line]:
    events = found.story.events
    kept = events if len(events) <= _LINES else [*events[:5], *events[-(_LINES - 5) :]]
    for place, one in enumerate(kept):
        if place == 5 and len(kept) < len(events):
            yield Line("off", f"{len(events) - len(kept)} more", "are in the trail: python -m bot audit tail")
        yield Line(_mark(one), f"{found.at(one.at)}  {one.what.replace('.', ' ').replace('_', ' ')}", _said(found, one))


def _said(found: Told, one: Entry) -> str:
    about = f"{one.subject}, " if one.subject != found.story.subject else ""
    return f"{about}by {found.who(one.by)}{f': {_short(one.why)}' if one.why else ''}"


def _mark(one: Entry) -> Mark:
    return "warn" if one.what.rpartition(".")[2] in _BAD else "ok"


def _people(one: Story) -> Iterator[str]:
    rows = (one.task or {}, one.action or {})
    yield from (str(row[name]) for row in rows for name in ("requester", "decided", "owner") if row.get(name))
    yield from (str(row["decided_by"]) for row in one.approvals if row["decided_by"])
    yield from (str(row["person"]) for row in one.votes)


def _sources(one: Story) -> dict[str, Any]:
    """The streams a decision rests on: those of the action's own vendor, with the age they had then."""
    known = (one.snapshot or {}).get("body", {}).get("sources", {})
    vendor = (one.action or {}).get("kind", "").partition(".")[0]
    return {key: as_of for key, as_of in known.items() if key.partition(".")[0] == vendor}


def _pairs(row: Mapping[str, Any]) -> str:
    return _short(", ".join(f"{name} {value}" for name, value in sorted(row.items()) if value != ""))


def _short(text: Any) -> str:
    said = " ".join(str(text).split())
    return said if len(said) <= _LONG else said[: _LONG - 1] + "…"
