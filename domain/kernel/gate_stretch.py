"""One stretch of a sentence while it is read: who is spoken of, over which period, and what does not hold."""

from __future__ import annotations

from dataclasses import dataclass, field

from domain.kernel.gate_claims import Role
from domain.kernel.gate_tokens import Token
from domain.kernel.ground import ALL, Figure, Ground

EDGES = frozenset({"comma", "and"})
_ACTING = frozenset({"metric", "direction", "flat", "quality", "relation", "contribution"})
"""What may not stand right before a metric: `refunds worsened net revenue` would be a cause nobody worked out."""


@dataclass(frozen=True)
class Subject:
    """What is spoken of: a metric (empty: whatever its dimension has) in one dimension or, unsaid, in several."""

    metric: str
    dimensions: tuple[str, ...]


@dataclass(frozen=True)
class Carry:
    """What a stretch hands on to the next of the same sentence."""

    subjects: tuple[Subject, ...] = ()
    period: str = ""
    dimensions: tuple[str, ...] = (ALL,)


@dataclass
class Stretch:
    """The tokens between two breaks, and where the reading of them stands."""

    ground: Ground
    tokens: list[Token]
    carry: Carry
    wrong: list[str] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    roles: dict[int, Role] = field(default_factory=dict)
    subjects: list[Subject] = field(default_factory=list)
    unsaid: str = ""
    said: bool = True
    period: str = ""
    dimension: str = ""
    postposed: str = ""

    def __post_init__(self) -> None:
        """Look over the whole stretch first: its period, and a dimension that comes last."""
        self._find_period()
        self._find_postposed()
        self.subjects = [
            Subject(subject.metric, (self.postposed,)) if self.postposed else subject for subject in self.carry.subjects
        ]

    def _find_period(self) -> None:
        spoken = [token.key for token in self.tokens if token.kind == "period"]
        before = {token.key for token in self.tokens if token.kind == "prior"}
        if len(spoken) > 1:
            self.wrong.append("two periods are named in one breath")
        self.period = spoken[0] if spoken else self.carry.period or min(before, default="")
        if any(self._compares_with(place) for place, token in enumerate(self.tokens) if token.kind == "period"):
            self.wrong.append("a period is compared with itself")
        if before - {self.period}:
            self.wrong.append("the period before is not the one this is compared with")

    def _compares_with(self, place: int) -> bool:
        """`down on the last 7 days`, `fewer than in the last 7 days`: the words compare with the period spoken of."""
        before = self.left(place)
        if self.is_role(before, "on", "in"):
            on_a_stretch = self.is_role(before, "on") and self.tokens[place].text.startswith("the ")
            return on_a_stretch or self.is_role(self.left(before), "than", "against")
        return self.is_role(before, "than", "against", "from", "with")

    def _find_postposed(self) -> None:
        """`net revenue was £60k in DTC`: the dimension comes last and means all that was said before it."""
        for place, token in enumerate(self.tokens):
            if token.dimension and self._preposition(place) and self.kind(self.right(place)) != "metric":
                if self.postposed not in ("", token.dimension):
                    self.wrong.append("two dimensions are named in one breath")
                self.postposed = token.dimension

    def _preposition(self, place: int) -> bool:
        """Whether a small word stands before and is not that of a period in between (`on 9 Dec order 5814 was`)."""
        before = place - 1
        while before >= 0 and self.tokens[before].kind in ("word", "fixed"):
            before -= 1
        return before >= 0 and self.tokens[before].kind == "role"

    # --- looking around ---------------------------------------------------------------------------------------------

    def left(self, place: int | None) -> int | None:
        """The place of the token before, past words without a claim."""
        return self._step(place, -1)

    def right(self, place: int | None) -> int | None:
        """The place of the token after, past words without a claim."""
        return self._step(place, 1)

    def _step(self, place: int | None, by: int) -> int | None:
        if place is None:
            return None
        place += by
        while 0 <= place < len(self.tokens) and self.tokens[place].kind in ("word", "fixed", "period"):
            place += by
        return place if 0 <= place < len(self.tokens) else None

    def kind(self, place: int | None) -> str:
        """The kind of the token at a place; empty past the ends."""
        return "" if place is None else self.tokens[place].kind

    def key(self, place: int | None) -> str:
        """The key of the token at a place; empty past the ends."""
        return "" if place is None else self.tokens[place].key

    def is_role(self, place: int | None, *words: str) -> bool:
        """Whether one of these small words stands at a place."""
        return self.kind(place) == "role" and self.key(place) in words

    def take(self, *places: int | None) -> None:
        """These tokens have been accounted for."""
        self.used |= {place for place in places if place is not None}

    def refuse(self, place: int, why: str) -> None:
        """This claim does not hold."""
        self.used.add(place)
        self.wrong.append(f"{self.tokens[place].text!r} {why}")

    # --- who is spoken of -------------------------------------------------------------------------------------------

    def mention(self, place: int) -> None:
        """A metric is named: it joins the subjects while nothing was said of them, else it is the new subject."""
        self.take(place)
        before, metric = self.left(place), self.key(place)
        if self.is_role(before, "than", "against") or self.kind(before) in _ACTING:
            self.refuse(place, "is set against another metric")
        if self._wants_date(place):
            self.refuse(place, "comes without its date")
        subject = Subject(metric, self.dimensions(place))
        if self.said:
            self.subjects = []
        waiting = [Subject(other.metric or metric, other.dimensions) for other in self.subjects]
        joins = bool(waiting) and (self.kind(before) in EDGES or self.kind(before) in ("name", "quantifier"))
        self.subjects = [*waiting, subject] if joins else [subject]
        self.said, self.unsaid = False, metric

    def _wants_date(self, place: int) -> bool:
        """Whether the metric is a date and none follows; a day that names a period is no date of its own."""
        after = self.right(place)
        named = self.tokens[after if not self.is_role(after, "on") else self.right(after) or place] if after else None
        dated = any(f.unit == "date" for f in self.ground.figures if f.metric == self.key(place))
        return dated and (named is None or named.number is None or named.number.day is None)

    def dimensions(self, place: int) -> tuple[str, ...]:
        """The dimensions that the metric at a place may be meant in."""
        before, after = self.left(place), self.right(place)
        own = self.tokens[before].dimension if before is not None else ""
        if own:
            self.dimension = own
        named = self.right(after) if self.is_role(after, "in", "for", "from", "of", "at") else None
        behind = self.tokens[named].dimension if named is not None else ""
        if self.dimension and (behind or self.postposed) not in ("", self.dimension):
            self.wrong.append("two dimensions are named for one metric")
        spoken = self.dimension or behind or self.postposed
        return (spoken,) if spoken else self.carry.dimensions

    def name(self, place: int) -> None:
        """A name in the subject's place turns what follows to its dimension."""
        token = self.tokens[place]
        self.take(place)
        before, after = self.left(place), self.right(place)
        if self.is_role(before, "than", "against") or self.kind(before) == "relation":
            self.refuse(place, "is compared with another")
        elif token.dimension and not self._preposition(place) and self.kind(after) != "metric":
            self._turn_to(token.dimension, joins=not self.said and self.kind(before) == "and")

    def _turn_to(self, dimension: str, *, joins: bool) -> None:
        self.dimension = dimension
        metrics = {subject.metric for subject in self.subjects}
        subject = Subject(metrics.pop() if len(metrics) == 1 else "", (dimension,))
        self.subjects = [*self.subjects, subject] if joins else [subject]
        self.said = False

    def figures(self, subject: Subject) -> list[Figure]:
        """Every figure the words may mean; a claim must hold for all. Empty: nothing, or no single one, is meant."""
        found: list[Figure] = []
        for dimension in subject.dimensions:
            fitting = [
                figure
                for figure in self.ground.figures
                if figure.dimension == dimension
                and subject.metric in ("", figure.metric)
                and self.period in ("", figure.period)
            ]
            if len(fitting) > 1:
                return []
            found += fitting
        return found

    def one_subject(self, place: int) -> list[Figure]:
        """The figures of the only subject there is; none and a refusal otherwise."""
        if len(self.subjects) != 1:
            self.refuse(place, "could belong to two metrics" if self.subjects else "belongs to no metric")
            return []
        found = self.figures(self.subjects[0])
        if not found:
            self.refuse(place, "is bound to no figure of that metric, dimension and period")
        return found
