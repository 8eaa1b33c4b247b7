"""What nobody serves: an unknown command, an old button, a stray dialog; each gets a private, helpful answer."""

from __future__ import annotations

from collections.abc import Sequence

from domain.kernel.card import Card
from domain.kernel.ports import Ops
from handlers import guide
from handlers.surface import Answer, Ask, Run, Surface


def command(menu: Sequence[Surface]) -> Run:
    """For a command that is in Slack but not in the menu."""

    async def answer(_ops: Ops, ask: Ask) -> Answer:
        return Answer(guide.of_all(menu, f"I do not know {ask.name}."))

    return answer


async def action(_ops: Ops, _ask: Ask) -> Answer:
    """For a button nobody serves any more."""
    return Answer(
        Card("That button is from before", "I changed since this message was written. Use /pulse or /health instead.")
    )


async def shortcut(_ops: Ops, ask: Ask) -> Answer:
    """For an entry of Slack's menus that nobody serves."""
    return Answer(Card("I do not know this shortcut", f"“{ask.name}” is not among what I can do. Try /pulse help."))


async def view(_ops: Ops, _ask: Ask) -> Answer:
    """For a dialog that was sent in but belongs to nobody."""
    return Answer(Card("That dialog is from before", "I changed since it was opened, so nothing was done with it."))
