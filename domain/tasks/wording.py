"""Words as they are told apart: whole words in any of their forms, without links and markup."""

from __future__ import annotations

import re
from functools import lru_cache

_MARKUP = re.compile(r"<[^<>]*>|\b[a-z][a-z0-9+.-]{0,15}://\S+|\bwww\.\S+", re.IGNORECASE)
_WORD = re.compile(r"\w+(?:['’]\w+)*")
_ENDING = re.compile(r"(?:ing|ed|es|s|e)$")
_DOUBLE = re.compile(r"([bdgmnprt])\1$")
_NOT = frozenset(("not", "never", "no", "don't", "dont", "didn't", "won't", "cannot", "can't"))
_BEFORE = 2


def legible(text: str) -> str:
    """The text on one line, with a gap where markup (mentions, channels, links) stands: what is in it, nobody said."""
    return " ".join(_MARKUP.sub(" … ", text).split())


def stems(text: str) -> list[str]:
    """The words of a text in lower case, each without its ending: pause, paused and pausing are one."""
    return [_stem(word.replace("’", "'")) for word in _WORD.findall(legible(text).lower())]


@lru_cache(maxsize=4096)
def _stem(word: str) -> str:
    if len(word) < 4 and word != "ads":
        return word
    return _DOUBLE.sub(r"\1", _ENDING.sub("", word))


def holds(words: list[str], phrase: str) -> bool:
    """Whether the phrase stands among the stems of a text, taken back or not."""
    return bool(_places(words, phrase))


def said(words: list[str], phrase: str) -> bool:
    """Whether the phrase stands among the stems of a text, and nothing right before it takes it back."""
    return bool(places := _places(words, phrase)) and not any(_denied(words, place) for place in places)


def _places(words: list[str], phrase: str) -> list[int]:
    sought = _phrase(phrase)
    size = len(sought)
    return [place for place in range(len(words) - size + 1) if size and words[place : place + size] == sought]


@lru_cache(maxsize=4096)
def _phrase(phrase: str) -> list[str]:
    return stems(phrase)


def _denied(words: list[str], place: int) -> bool:
    return not _NOT.isdisjoint(words[max(0, place - _BEFORE) : place])
