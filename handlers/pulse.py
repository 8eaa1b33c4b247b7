"""/pulse: the company today in thirty seconds, or as it was on a past day."""

from __future__ import annotations

import re
from datetime import date, timedelta

from domain.kernel import recent
from domain.kernel.card import Card
from domain.kernel.ports import Ops
from domain.pulse import compose
from handlers import guide
from handlers.surface import Answer, Ask, Command, Example, Surface

_DAYS = {"today": 0, "yesterday": 1}
_SHARED = re.compile(r"share:/pulse:([\d-]{10}):[^:]*:[^:]*:(.*)")
_SAID = re.compile(r"pulse:.*:(\d{4}-\d\d-\d\d)")


async def run(ops: Ops, ask: Ask) -> Answer:
    """Show a pulse to the person who asks, or to the channel with `share`."""
    words = ask.text.lower().split()
    if words in (["help"], ["?"]):
        return Answer(guide.of_command(PULSE))
    share = "share" in words
    rest = [word for word in words if word != "share"]
    if len(rest) > 1 or words.count("share") > 1:
        return Answer(guide.of_command(PULSE, f"I do not understand “{ask.text}”: give one day at the most."))
    day, problem = _day(rest[0], ops.today()) if rest else (None, "")
    if problem:
        return Answer(guide.of_command(PULSE, problem))
    if day is not None and day != ops.today():
        return Answer((await compose.on(ops, day)).card, share=share)
    if share:
        return Answer((await compose.today(ops)).card, share=True)
    return Answer(await recent.card(ops, "pulse", look))


async def look(ops: Ops) -> Card:
    """Today's pulse as it stands now, to be looked at."""
    return (await compose.now(ops)).card


def told_of(key: str) -> date | None:
    """The day of the pulse that was posted or shared under a key; None when it is no pulse's."""
    if shared := _SHARED.fullmatch(key):
        asked, words = date.fromisoformat(shared[1]), [word for word in shared[2].split() if word != "share"]
        return _day(words[0], asked)[0] if words else asked
    said = _SAID.fullmatch(key)
    return date.fromisoformat(said[1]) if said else None


def _day(word: str, today: date) -> tuple[date | None, str]:
    """The day a word names, or what is wrong with it."""
    if word in _DAYS:
        return today - timedelta(days=_DAYS[word]), ""
    try:
        day = date.fromisoformat(word)
    except ValueError:
        return None, f"“{word}” is neither a subcommand of /pulse nor a date such as {today:%Y-%m-%d}."
    if day > today:
        return None, f"{day:%Y-%m-%d} has not happened yet; today is {today:%Y-%m-%d}."
    return day, ""


PULSE = Command(
    "/pulse",
    "How the company is, in thirty seconds.",
    "[YYYY-MM-DD] [share]",
    (
        Example("/pulse", "today's pulse, only for you"),
        Example("/pulse share", "today's pulse for this channel"),
        Example("/pulse yesterday", "the pulse of the day before"),
        Example("/pulse 2026-03-02", "the pulse of a past day, as it was told then"),
        Example("/pulse help", "this list"),
    ),
    run,
)
SURFACE = Surface("pulse", "How the company is, in thirty seconds.", commands=(PULSE,))
