"""Which kind of work a brief is: by rules over its words and fields, or not at all; nothing is guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from domain.kernel.policy_tasks import Category, Tasks
from domain.tasks import kinds, wording
from domain.tasks.brief import Brief

_ASKS = re.compile(
    r"(?:^|[.!?]\s)\W{0,20}(?:(?:hi|hello|hey|please|ok|okay|so|and|but)\b\W{0,20}){0,3}"
    r"(?:why|what|how|which|when|who|whose|where|is|are|was|were|am|did|does|has|have|had|do (?:we|you|they|i)"
    r"|(?:should|shall|can|could|may|must) (?:we|i))\b",
    re.IGNORECASE | re.MULTILINE,
)
"""A sentence that asks: it is never a reason to change something, even if it names a deed."""
_REASON = re.compile(r"\b(?:because|since)\b", re.IGNORECASE)


@dataclass(frozen=True)
class Classified:
    """A category, how sure that is from 0 to 1, and by what it was told."""

    category: str
    confidence: float
    why: str


class Classifier(Protocol):
    """Tells which category a brief is of."""

    async def classify(self, brief: Brief) -> Classified | None:
        """The category; None when no category fits, or more than one."""
        ...


@dataclass(frozen=True)
class Weighed:
    """What speaks for one category: words that were said, and kinds of input that are there."""

    category: str
    words: tuple[str, ...]
    fields: tuple[str, ...]

    @property
    def weight(self) -> int:
        """How many things speak for it."""
        return len(self.words) + len(self.fields)

    @property
    def why(self) -> str:
        """By what it is told, for people."""
        return ", ".join((*(f"“{word}”" for word in self.words), *(f"the input {one}" for one in self.fields)))


@dataclass(frozen=True)
class RuleClassifier:
    """The deterministic one: words in any of their forms, and orders, articles and ad sets by how they look."""

    tasks: Tasks

    async def classify(self, brief: Brief) -> Classified | None:
        """The category its requester named, else the one most things speak for, if clearly."""
        return self.told(brief)

    def told(self, brief: Brief) -> Classified | None:
        """As `classify`, for those who cannot wait."""
        if brief.category in self.tasks.categories:
            return Classified(brief.category, 1.0, "named by who asked")
        if not (weighed := self.weighed(brief)):
            return None
        first = weighed[0]
        second = weighed[1].weight if len(weighed) > 1 else 0
        sure = round(first.weight / (first.weight + second), 2)
        if first.weight == second or sure < self.tasks.least_confidence:
            return None
        return Classified(first.category, sure, first.why)

    def weighed(self, brief: Brief) -> list[Weighed]:
        """Every category that something speaks for, the heaviest first."""
        command = _command(brief.objective)
        asks = _ASKS.search("\n".join(map(wording.legible, command.splitlines())))
        words = wording.stems(command)
        found = [
            _weigh(name, category, words, brief)
            for name, category in self.tasks.categories.items()
            if not (asks and category.path == "propose")
        ]
        return sorted((one for one in found if one.weight), key=lambda one: -one.weight)


def _command(objective: str) -> str:
    """What is asked for, without the reason given for it: a reason speaks of other things."""
    return _REASON.split(objective, maxsplit=1)[0].strip() or objective


def _weigh(name: str, category: Category, words: list[str], brief: Brief) -> Weighed:
    """Nothing speaks for a category by its inputs alone, unless every one it needs was handed in by name."""
    said = tuple(word for word in category.words if wording.said(words, word))
    handed = [need for need in category.needs if not brief.inputs.keys().isdisjoint((need.name, *need.also))]
    named = bool(handed) and len(handed) == len(category.needs)
    if not (said or named) or any(wording.holds(words, word) for word in category.without):
        return Weighed(name, (), ())
    there = {need.kind for need in handed}
    fields = tuple(kind for kind in category.fields if kind in there or kinds.found(kind, brief.objective))
    return Weighed(name, said, fields)
