"""The card of a recovery: what was open in the backup and what became of it, and what the house has forgotten."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from domain.kernel import action as actions
from domain.kernel import card as cards
from domain.kernel.card import Card, Context, Line, Lines, Moment, Prose
from domain.kernel.ports import Ops
from models.action import Kept as Row
from models.recovery import Kept

_MOST = 10
_FORGOTTEN = "“{text}” stands in #{channel} from after the backup, and the house does not know it; see what came of it."
_SAID = {
    "done": "done at the vendor, though the backup did not know",
    "gone": "taken back at the vendor, though the backup did not know",
    "absent": "not at the vendor; ask again",
    "stands": "still in place; take it back again",
    "unclear": "unclear; look at the vendor",
    "": "not looked up yet",
}
"""What became of an action that was open, and how that is told."""


@dataclass(frozen=True)
class Shown:
    """What the card tells: the recovery, what is known, some of its actions, and how many posts were not sent."""

    one: Kept
    found: Mapping[str, Any]
    handed: tuple[Row, ...]
    unsent: tuple[int, list[str]]
    ended_by: str


def draw(ops: Ops, told: Shown) -> Card:
    """The card, as the recovery stands."""
    lines = (*(_line(ops, row, told.found["actions"][row.id]) for row in told.handed), *_besides(told))
    waits = "No action is begun until somebody runs python -m bot restore finish."
    ends = Prose(f"Ended by {told.ended_by}." if told.ended_by else waits)
    foot = Context(("Backup of", Moment(told.one.taken_at), "restored", Moment(told.one.restored_at)))
    return Card("The house was restored", _sum(told.found), (*((Lines(lines),) if lines else ()), ends, foot))


def _besides(told: Shown) -> Iterator[Line]:
    """What else is not as it was."""
    found = told.found
    if more := len(found["actions"]) - len(told.handed):
        yield Line("warn", "More", f"{more} others: /ops why tells each.")
    if found["approvals"]:
        yield Line("warn", "Approvals", f"{found['approvals']} that waited are withdrawn: ask again.")
    if found["unasked"]:
        yield Line("warn", "Autonomy", f"People are asked again about {', '.join(found['unasked'])}.")
    for forgotten in found.get("forgotten", ())[:_MOST]:
        yield Line("warn", forgotten["key"].partition(":")[2], _FORGOTTEN.format(**forgotten), _moment(forgotten["at"]))
    if told.unsent[0]:
        old = "; ".join(cards.from_json(text).title for text in told.unsent[1])
        yield Line("off", "Messages", f"{told.unsent[0]} that waited for an hour or more are not sent: {old}.")


def _moment(at: float) -> Moment:
    return Moment(datetime.fromtimestamp(at, UTC))


def _line(ops: Ops, row: Row, word: str) -> Line:
    mark = "ok" if word in ("done", "gone") else "warn" if word else "off"
    return Line(mark, row.id, f"{actions.title(ops.departments, row.kind)}: {_SAID[word]}.")  # type: ignore[arg-type]


def _sum(found: Mapping[str, Any]) -> str:
    """`2 actions were open in the backup: 1 done at the vendor though the backup did not know, 1 …`."""
    words = Counter(found["actions"].values())
    if not words:
        return "No action was open in the backup."
    told = ", ".join(f"{number} {_SAID[word].partition(';')[0]}" for word, number in words.items())
    number = sum(words.values())
    return f"{number} action{'s were' if number > 1 else ' was'} open in the backup: {told}."
