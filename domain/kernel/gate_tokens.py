"""A sentence as tokens: phrases of the facts and of the vocabulary, longest first; anything else is unknown."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from domain.kernel import numbers
from domain.kernel.gate_lexicon import FORBIDDEN, NUMBER_WORDS, WORDS, Kind, Meaning
from domain.kernel.ground import Ground
from domain.kernel.numbers import Written

_ATOM = re.compile(
    rf"(?P<date>{numbers.DATE})|(?P<number>{re.sub(r'[?]P<[a-z]+>', '?:', numbers.NUMBER)})"
    r"|(?P<word>\w+(?:[-.'’_]\w+)*)|(?P<mark>\S)"
)
_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n+")


@dataclass(frozen=True)
class Token:
    """A phrase of the sentence and what it claims; `meanings` holds further readings of a name."""

    text: str
    meaning: Meaning
    number: Written | None = None
    member_of: str = ""
    dimension: str = ""

    @property
    def kind(self) -> Kind:
        """What kind of claim it is."""
        return self.meaning.kind

    @property
    def key(self) -> str:
        """Which one of its kind."""
        return self.meaning.key

    @property
    def sign(self) -> int:
        """Its direction."""
        return self.meaning.sign


def sentences(text: str) -> list[str]:
    """The sentences of a text, without their full stops."""
    found = (part.strip().rstrip(".!") for part in _SENTENCE.split(text))
    return [part for part in found if part]


class Lexicon:
    """Every phrase that may be said over one ground."""

    def __init__(self, ground: Ground) -> None:
        """Gather the phrases of the language and of the ground."""
        self._phrases: dict[tuple[str, ...], Token] = {}
        for word, meaning in WORDS.items():
            self._add(word, Token(word, meaning))
        for phrase in ground.phrases:
            self._add(phrase, Token(phrase, Meaning("fixed")))
        self._add_names(ground)
        self._add_claims(ground)
        self._longest = max(len(phrase) for phrase in self._phrases)

    def _add(self, phrase: str, token: Token) -> None:
        atoms = tuple(atom.lower() for _, atom in _atoms(phrase))
        if atoms:
            self._phrases[atoms] = token

    def _add_names(self, ground: Ground) -> None:
        for dimension, names in ground.dimensions.items():
            for name in filter(_is_a_name, names):
                self._add(name, Token(name, Meaning("name", dimension), dimension=dimension))
        for group in ground.groups:
            for name in group.names:
                self._add(name, Token(name, Meaning("group", group.key)))
            for member, names in group.members.items():
                for name in filter(_is_a_name, names):
                    self._add_member(name, member, group.key)
            for phrase in group.states:
                self._add(phrase, Token(phrase, Meaning("state", phrase)))

    def _add_member(self, name: str, member: str, group: str) -> None:
        """A name that is both a dimension and a member keeps both readings."""
        atoms = tuple(atom.lower() for _, atom in _atoms(name))
        known = self._phrases.get(atoms)
        dimension = known.dimension if known else ""
        self._phrases[atoms] = Token(name, Meaning("name", member), member_of=group, dimension=dimension)

    def _add_claims(self, ground: Ground) -> None:
        for period in ground.periods:
            for name in period.names:
                self._add(name, Token(name, Meaning("period", period.key)))
            for name in period.prior_names:
                self._add(name, Token(name, Meaning("prior", period.key)))
        for figure in ground.figures:
            for name in figure.names:
                self._add(name, Token(name, Meaning("metric", figure.metric)))
        for driver in ground.drivers:
            for name in driver.names:
                if name not in {known for names in ground.dimensions.values() for known in names}:
                    self._add(name, Token(name, Meaning("cause", driver.cause)))

    def tokens(self, sentence: str) -> tuple[list[Token], list[str]]:
        """The tokens of a sentence, and a complaint for every word that nobody knows."""
        atoms = _atoms(sentence)
        found: list[Token] = []
        unknown: list[str] = []
        place = 0
        while place < len(atoms):
            token, length = self._at(atoms, place)
            if token is None:
                unknown.append(_complaint(atoms[place][1]))
            else:
                found.append(token)
            place += length
        return _settled(_with_units(found)), unknown

    def _at(self, atoms: list[tuple[str, str]], place: int) -> tuple[Token | None, int]:
        for length in range(min(self._longest, len(atoms) - place), 0, -1):
            token = self._phrases.get(tuple(atom.lower() for _, atom in atoms[place : place + length]))
            if token:
                return token, length
        return _number(*atoms[place]), 1


def _is_a_name(name: str) -> bool:
    """Names come from data: one that is a number or a word of the language would hide a claim."""
    low = name.lower()
    return not (low in WORDS or low in FORBIDDEN or low in NUMBER_WORDS or numbers.read(name))


def _atoms(text: str) -> list[tuple[str, str]]:
    return [(match.lastgroup or "mark", match.group()) for match in _ATOM.finditer(text)]


def _number(kind: str, atom: str) -> Token | None:
    if kind in ("number", "date"):
        written = numbers.read(atom)
        return Token(atom, Meaning("number"), written) if written else None
    if atom.lower() in NUMBER_WORDS:
        written = numbers.read(str(NUMBER_WORDS[atom.lower()]))
        return Token(atom, Meaning("number"), written)
    return None


def _complaint(atom: str) -> str:
    reason = FORBIDDEN.get(atom.lower().replace("’", "'"))
    return f"{atom!r} is {reason}" if reason else f"{atom!r} is not a word the facts know"


def _with_units(tokens: list[Token]) -> list[Token]:
    """A number and the unit word after it become one token."""
    found: list[Token] = []
    for token in tokens:
        last = found[-1] if found else None
        if token.kind != "unit":
            found.append(token)
        elif last and last.number and not last.number.unit:
            found[-1] = replace(last, number=replace(last.number, unit=token.key), text=f"{last.text} {token.text}")
        else:
            found.append(replace(token, meaning=Meaning("number")))  # a unit without its number claims something
    return found


def _settled(tokens: list[Token]) -> list[Token]:
    """Words that mean one thing before a number or a period, and another elsewhere."""
    found: list[Token] = []
    for place, token in enumerate(tokens):
        after = next((other.kind for other in tokens[place + 1 :] if other.kind not in ("word", "fixed")), "")
        first, _, rest = token.text.rpartition(" ")
        if token.kind == "hedge" and rest == "than" and after != "number":
            found += [Token(first, WORDS[first]), Token(rest, WORDS[rest])]  # `fewer than in the 7 days before`
        elif token.text == "over" and after in ("period", "prior"):
            found.append(replace(token, meaning=Meaning("word") if after == "period" else WORDS["on"]))
        else:
            found.append(token)
    return found
