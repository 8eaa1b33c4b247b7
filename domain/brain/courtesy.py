"""Small talk: words that ask for nothing, and the one line said back to who says them to us."""

from __future__ import annotations

import re

from domain.brain import words
from domain.kernel.card import Card

_THANKS = "thanks thank thx ty cheers appreciated"
_GREETINGS = "hello hi hey morning afternoon evening"
_NODS = (
    "ok okay k great nice cool perfect good super awesome excellent brilliant wow well done fine sure yes yep yeah no "
    "right alright agreed understood noted got lol haha"
)
_BESIDE = "a all and bot everyone for help it job lot much of so team that the this very work you your"
_KIND = {title: set(said.split()) for title, said in (("You're welcome", _THANKS), ("Hello", _GREETINGS))}
_SMALL = set(f"{_THANKS} {_GREETINGS} {_NODS}".split())


def reply(text: str) -> Card | None:
    """One friendly line for small talk and for emoji; None for anything else."""
    said = set(re.findall(r"[^\W_]+", words.plain(text)))
    if not text or "?" in text or not said <= _SMALL | set(_BESIDE.split()) or (said and not said & _SMALL):
        return None
    title = next((name for name, known in _KIND.items() if known & said), "All right")
    return Card(title, "Ask me for a figure, or say “help” for all that I can answer.")
