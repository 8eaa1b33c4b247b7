"""How an escalation reads: tried to do, went wrong, has been done, is needed; and the digest of many."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from domain.kernel.card import Button, Buttons, Card, Context, Fact, Facts, Line, Lines, Mention, Moment, Part, Prose
from domain.kernel.trail import Entry
from models.escalation import Episode

_SILENCE = {
    "morning": "It stays open and is told again in the morning.",
    "close": "The house lets it rest; it is told anew when it happens again.",
}
_STATES = {"acked": "acknowledged", "snoozed": "put off", "staged": "about to be told"}
_DEEDS = ("escalation.acked", "escalation.assigned", "escalation.snoozed", "escalation.closed", "escalation.came_back")
_TOP = 10


def own(one: Episode, past: Sequence[Entry] = ()) -> Card:
    """The card of one cause; `past` is its trail, of which the deeds of people are shown."""
    return Card(one.title, conclusion(one), tuple(_parts(one, past)))


def conclusion(one: Episode) -> str:
    """One sentence: how it stands."""
    if one.state == "closed":
        return f"Closed. It was: {one.wrong}"
    times = "" if one.count < 2 else f" {one.count:,} failures so far."
    return f"{one.wrong.rstrip('.')}.{times}"


def _parts(one: Episode, past: Sequence[Entry]) -> list[Part]:
    answers = (
        Fact("What the house was trying to do", one.trying),
        Fact("What went wrong", one.wrong),
        Fact("What has been tried", one.tried),
        *((Fact("What is needed from you", one.needed),) if one.state != "closed" else ()),
    )
    parts: list[Part] = [Facts(answers)]
    if len(one.samples) > 1:
        seen = tuple(Line("bad", f"Sample {place}", text) for place, text in enumerate(one.samples, 1))
        parts.append(Lines(seen))
    parts.append(_who(one))
    if done := deeds(past):
        parts.append(Lines(done, "What was done"))
    if one.state != "closed":
        parts.append(_buttons(one))
    parts.append(_print(one))
    return parts


def _who(one: Episode) -> Facts:
    owner = Mention(one.owner) if one.owner else "nobody yet"
    facts = [Fact("Owner", owner)]
    if one.count > 1:
        facts.append(Fact("Failures", f"{one.count:,}"))
    if one.flaps:
        facts.append(Fact("It came back", f"{one.flaps} times", "flapping"))
    if one.state != "closed":
        facts.append(Fact("If nobody answers", _SILENCE.get(one.on_silence, one.on_silence)))
    return Facts(tuple(facts))


def deeds(past: Sequence[Entry]) -> tuple[Line, ...]:
    """What people did about it, oldest first; the last five."""
    return tuple(Line("ok", entry.why, "", Moment(entry.at)) for entry in past if entry.what in _DEEDS)[-5:]


def _buttons(one: Episode) -> Buttons:
    first = Button("escalation.ack", "Acknowledge", one.id, "primary")
    rest = (
        Button("escalation.assign", "Assign", one.id),
        Button("escalation.snooze", "Snooze", one.id),
        Button("escalation.close", "Close", one.id),
        Button("escalation.guide", "What to do", one.id),
    )
    return Buttons(rest if one.state == "acked" else (first, *rest))


def _print(one: Episode) -> Context:
    said: list[str | Moment] = [f"{one.id} · {one.cause} · /ops why {one.id}"]
    said += [text for text in one.link.values() if text]
    if one.action_id:
        said.append(f"The action that waits for it: {one.action_id}")
    said += ["since", Moment(one.first_at)]
    if one.deadline_at and one.state != "closed":
        said += ["answer until", Moment(one.deadline_at)]
    return Context(tuple(said))


def digest(several: Sequence[Episode]) -> Card:
    """What exceeds the cap of messages: one card for all of it, the most frequent causes first."""
    number = sum(one.count for one in several)
    lines = tuple(Line("bad", f"{one.title} ({one.id})", _failures(one)) for one in several[:_TOP])
    more = (Prose(f"And {len(several) - _TOP:,} more causes."),) if len(several) > _TOP else ()
    return Card(
        f"And {len(several):,} further causes",
        f"{number:,} failures of {len(several):,} further causes; each is kept with its own record.",
        (
            Lines(lines),
            *more,
            Prose("Type /ops escalations to see them all, or /ops escalations and an id to answer one."),
        ),
    )


def _failures(one: Episode) -> str:
    return f"{one.count:,} failure{'s' if one.count != 1 else ''}"


def listed(several: Sequence[Episode], number: int) -> Card:
    """Everything that is not closed, the newest first."""
    if not several:
        return Card("Escalations", "Nothing waits for a person.")
    marks = {"acked": "warn", "snoozed": "off"}
    lines = tuple(
        Line(
            marks.get(one.state, "bad"),  # type: ignore[arg-type]  # two literals, named above
            f"{one.id} {one.title}",
            f"{_STATES.get(one.state, one.state)}, {_failures(one)}, owner {one.owner or 'nobody yet'}",
        )
        for one in several
    )
    return Card("Escalations", f"{number:,} not closed; the newest {len(several)} are shown.", (Lines(lines),))


def reminder(one: Episode, at: datetime) -> Card:
    """Before the deadline, below the card."""
    who = one.owner or "somebody"
    to = (Mention(one.owner),) if one.owner else ()
    asked = f"{who}: please answer “{one.title}”."
    return Card("Still waiting", asked, (Context((*to, "The deadline is", Moment(at))),))


def handed_on(one: Episode, deputy: str) -> Card:
    """After the deadline, below the card."""
    return Card(
        "Nobody answered in time",
        f"{deputy or one.owner or 'Somebody'}: {one.owner or 'nobody'} has not answered “{one.title}”.",
        (Prose(_SILENCE.get(one.on_silence, one.on_silence)), *((Context((Mention(deputy),)),) if deputy else ())),
    )


def told_again(one: Episode, why: str) -> Card:
    """It is open as before."""
    return Card("Still open", f"{one.title}: {why}")
