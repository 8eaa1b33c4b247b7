"""The gate: may this text be said? Every number, direction, target, count and word is held against the facts."""

from __future__ import annotations

from dataclasses import dataclass, replace

from domain.kernel import gate_moves as moves
from domain.kernel import gate_numbers as numbers
from domain.kernel import gate_states as states
from domain.kernel.gate_stretch import Carry, Stretch
from domain.kernel.gate_tokens import Lexicon, Token, sentences
from domain.kernel.ground import ALL, Ground

_CLAIMING = frozenset(
    {"number", "direction", "flat", "quality", "relation", "target", "contribution", "quantifier", "hedge", "because",
     "state", "prior", "cause", "group"}
)  # fmt: skip


@dataclass(frozen=True)
class Issue:
    """A sentence that may not be said, and why."""

    sentence: str
    why: str


class Gate:
    """The gate over one ground."""

    def __init__(self, ground: Ground) -> None:
        """Learn the words that this ground allows."""
        self._ground = ground
        self._lexicon = Lexicon(ground)

    def issues(self, text: str) -> tuple[Issue, ...]:
        """Everything that may not be said in a text; empty when all of it holds."""
        return tuple(Issue(sentence, why) for sentence in sentences(text) for why in self._sentence(sentence))

    def admits(self, text: str) -> bool:
        """Whether the whole text may be said."""
        return not self.issues(text)

    def _sentence(self, sentence: str) -> list[str]:
        tokens, unknown = self._lexicon.tokens(sentence)
        if unknown:
            return unknown
        wrong: list[str] = []
        carry = Carry()
        for stretch, ending in _stretches(tokens):
            found, carry = _read(Stretch(self._ground, stretch, carry))
            wrong += found
            if ending != ":" and not any(token.kind in {*_CLAIMING, "fixed"} for token in stretch):
                wrong.append("nothing is claimed that can be checked")
            if ending == ";" and carry.dimensions != (ALL,):
                carry = replace(carry, dimensions=(*carry.dimensions, ALL))  # unsaid: it must hold for both
        return wrong


def _stretches(tokens: list[Token]) -> list[tuple[list[Token], str]]:
    """The tokens between breaks, each with the break that ends it."""
    found: list[tuple[list[Token], str]] = [([], "")]
    for token in tokens:
        if token.kind == "break":
            found[-1] = (found[-1][0], token.key)
            found.append(([], ""))
        else:
            found[-1][0].append(token)
    return [(stretch, ending) for stretch, ending in found if stretch]


def _read(here: Stretch) -> tuple[list[str], Carry]:
    """Read one stretch from left to right: what does not hold, and what it hands on."""
    for place in range(len(here.tokens)):
        if place not in here.used:
            _one(here, place)
    moves.priors(here)
    for place, token in enumerate(here.tokens):
        if place not in here.used and token.kind in _CLAIMING:
            here.refuse(place, "stands for nothing that can be checked")
    dimensions = (here.dimension,) if here.dimension else here.carry.dimensions
    return here.wrong, Carry(tuple(here.subjects), here.period, dimensions)


_READERS = {
    "metric": Stretch.mention,
    "name": Stretch.name,
    "number": numbers.number,
    "direction": moves.move,
    "flat": moves.move,
    "quality": moves.move,
    "relation": moves.relation,
    "state": states.state,
    "because": moves.because,
}


def _one(here: Stretch, place: int) -> None:
    reader = _READERS.get(here.kind(place))
    if reader:
        reader(here, place)
