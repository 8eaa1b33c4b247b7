"""The thirty points of the conformity list, judged over the traffic."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sandbox.slack import checks_answers as answers
from sandbox.slack import checks_conduct as conduct
from sandbox.slack import checks_decisions as decisions
from sandbox.slack import evidence, speech
from sandbox.slack.evidence import Evidence, Said
from sandbox.slack.traffic import Entry
from sandbox.slack.verdict import Finding, bad, good

MOST_EVIDENCE = 5
JUDGED = 10_000


@dataclass(frozen=True, slots=True)
class Point:
    """One point: its number, its name, and how it is judged."""

    number: int
    name: str
    judge: Callable[[Evidence], Iterator[Finding]]


def spoken(number: int, applies: Callable[[Said], bool]) -> Callable[[Evidence], Iterator[Finding]]:
    """Judge a point message by message, over the messages it applies to."""

    def judge(found: Evidence) -> Iterator[Finding]:
        for one in found.said:
            if not applies(one):
                continue
            broken = [v["text"] for v in speech.violations(one.entry) if v["point"] == number]
            where = f"{one.entry.name} at {one.entry.seq}"
            yield from (bad(f"{where}: {text}") for text in broken)
            if not broken:
                yield good(where)

    return judge


def has_buttons(said: Said) -> bool:
    """Whether there is something to press."""
    return any(True for _ in evidence.buttons(said.blocks))


def any_said(_said: Said) -> bool:
    """Applies to everything said."""
    return True


def leads(said: Said) -> bool:
    """Whether it is a new post with blocks, which a reader meets first."""
    return bool(said.blocks) and said.is_post


def has_emoji(said: Said) -> bool:
    """Whether it holds an emoji."""
    return bool(speech.EMOJI.search(evidence.wording(said)))


def has_link(said: Said) -> bool:
    """Whether it links somewhere."""
    return "http" in evidence.wording(said)


def has_time(said: Said) -> bool:
    """Whether it names a time."""
    words = evidence.wording(said)
    return bool(speech.DATE.search(words) or speech.CLOCK.search(words))


def has_image(said: Said) -> bool:
    """Whether it shows an image."""
    return any(True for _ in speech.images(said.blocks))


POINTS = (
    Point(1, "Everything a person does is acknowledged in time", answers.acknowledged),
    Point(2, "Help is private and shows examples", answers.helped),
    Point(3, "A command without argument is useful", answers.empty_is_useful),
    Point(4, "Longer work shows progress", answers.progress),
    Point(5, "Answers are private unless shared", answers.private),
    Point(6, "One pulse per channel and day", answers.one_pulse),
    Point(7, "Detail stands in the pulse's thread", answers.detail_in_thread),
    Point(8, "A thread is sent to the channel once at most", answers.few_broadcasts),
    Point(9, "A question is answered in its thread", answers.same_thread),
    Point(10, "The text says the conclusion", spoken(10, any_said)),
    Point(11, "The conclusion comes first and fits a phone", spoken(11, leads)),
    Point(12, "Numbers name their time and sources", spoken(12, lambda said: said.is_pulse)),
    Point(13, "An emoji never stands alone", spoken(13, has_emoji)),
    Point(14, "Images are described", spoken(14, has_image)),
    Point(15, "Buttons say what they do", spoken(15, has_buttons)),
    Point(16, "Costly actions ask once more", decisions.confirmed),
    Point(17, "Action ids are stable, values are ids", spoken(17, has_buttons)),
    Point(18, "A decided message says so", decisions.message_updated),
    Point(19, "A second click changes nothing", decisions.second_click),
    Point(20, "Who may not is told who can", decisions.not_allowed),
    Point(21, "A rejection asks for its reason", decisions.reason_asked),
    Point(22, "Modals are well made", decisions.well_made_modals),
    Point(23, "Escalations answer four questions, batched", decisions.good_escalations),
    Point(24, "Mentions are sparing", spoken(24, any_said)),
    Point(25, "Errors are plain and show no insides", spoken(25, any_said)),
    Point(26, "Links are named and do not unfold", spoken(26, has_link)),
    Point(27, "What people type comes back inert", conduct.escaped),
    Point(28, "The App Home is there when opened", answers.first_opened),
    Point(29, "Times are in each reader's own zone", spoken(29, has_time)),
    Point(30, "Posts are paced and never repeated", conduct.paced),
)


def judge(entries: Iterable[Entry]) -> dict[str, Any]:
    """All points over some traffic: state and evidence of each, and how many failed."""
    found = evidence.sort(entries)
    points = [verdict(point, list(point.judge(found))) for point in POINTS]
    return {"points": points, "failed": sum(point["state"] == "fail" for point in points)}


def verdict(point: Point, findings: list[Finding]) -> dict[str, Any]:
    """One point's state, with what was broken first, else with what was kept."""
    broken = [finding.text for finding in findings if not finding.kept]
    kept = [finding.text for finding in findings if finding.kept]
    state = "fail" if broken else "pass" if kept else "not seen"
    return {"number": point.number, "name": point.name, "state": state, "seen": len(findings),
            "evidence": (broken or kept)[:MOST_EVIDENCE]}  # fmt: skip
