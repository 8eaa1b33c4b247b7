"""What becomes of a brief: its category, what is still asked, and where it goes; and what other rules would change."""

from __future__ import annotations

from collections.abc import AsyncIterable
from dataclasses import dataclass, field

from domain.kernel.errors import InputError
from domain.kernel.policy_tasks import Tasks
from domain.tasks import brief as briefs
from domain.tasks import intake, routing
from domain.tasks.brief import Brief
from domain.tasks.classify import Classified, Classifier, RuleClassifier
from domain.tasks.intake import Taken
from domain.tasks.routing import Routed
from models.task import Decided


@dataclass(frozen=True)
class Decision:
    """A brief as far as it is known, its category and where it goes."""

    taken: Taken
    classified: Classified | None
    routed: Routed


@dataclass(frozen=True)
class Origin:
    """By which way work came in, from whom, and where it is spoken of."""

    source: str
    requester: str
    channel: str = ""


@dataclass(frozen=True)
class Change:
    """A task that other rules would send elsewhere: (category, department, path, rule) as they were and would be."""

    id: str
    objective: str
    was: tuple[str, str, str, str]
    becomes: tuple[str, str, str, str]


@dataclass
class Backtest:
    """How many tasks of the past were held against other rules, what would change, and which briefs cannot be read."""

    version: str
    tasks: int = 0
    unread: int = 0
    changes: list[Change] = field(default_factory=list)


async def decide(tasks: Tasks, classifier: Classifier, brief: Brief, origin: Origin) -> Decision:
    """What becomes of a brief; without a category nothing is asked, for a person decides."""
    classified = await classifier.classify(brief)
    taken = intake.complete(brief, tasks.categories[classified.category]) if classified else Taken(brief)
    known = routing.facts(
        taken.brief, classified, source=origin.source, requester=origin.requester, channel=origin.channel
    )
    return Decision(taken, classified, routing.route(tasks, known))


async def backtest(tasks: Tasks, history: AsyncIterable[Decided]) -> Backtest:
    """Every task of the past decided anew by `tasks`, beside what was decided then."""
    found, classifier = Backtest(routing.version(tasks)), RuleClassifier(tasks)
    async for one in history:
        found.tasks += 1
        try:
            brief = briefs.of(one.brief)
        except InputError:
            found.unread += 1
            continue
        routed = (await decide(tasks, classifier, brief, Origin(one.source, one.requester, one.channel))).routed
        was, becomes = (one.category, one.department, one.path), (routed.category, routed.department, routed.path)
        if was != becomes:
            found.changes.append(Change(one.id, brief.objective, (*was, one.rule), (*becomes, routed.rule)))
    return found
