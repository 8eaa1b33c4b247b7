"""The template's own sentences, made wrong by one word or digit, do not pass the gate of their morning."""

from __future__ import annotations

import re

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from domain.kernel.gate import Gate
from domain.kernel.gate_tokens import sentences
from domain.pulse import compose, sayable, verdict
from domain.pulse.snapshot import Snapshot
from tests.domain.pulse.mornings import mornings

_SWAPS = [
    ("up", "down"), ("down", "up"), ("above", "below"), ("below", "above"), ("added", "took"), ("took", "added"),
    ("Net revenue", "Orders"), ("orders", "net revenue"), ("fresh", "stale"), ("stale", "fresh"), ("failing", "fresh"),
    ("needs attention", "is on course"), ("need attention", "are on course"), ("on course", "degraded"),
    ("from", "to"), ("gross revenue", "net revenue"), ("plan to date", "plan before"), ("hours old", "days old"),
    ("DTC", "wholesale"), ("wholesale", "DTC"), ("All", "Not all"), ("was", "was not"), ("is", "is the best"),
]  # fmt: skip
_ROOM = settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))


def _gate(morning: Snapshot) -> Gate:
    health = compose.health(morning)
    judged = verdict.by_department(verdict.departments(morning, health))
    return Gate(sayable.ground(morning, health, judged))


def _told(morning: Snapshot, data: st.DataObject) -> str:
    told = sentences(compose.render(morning).narrative)
    assume(told)
    return data.draw(st.sampled_from(told))


@_ROOM
@given(mornings(), st.data())
def test_a_wrong_word_is_caught(morning: Snapshot, data: st.DataObject) -> None:
    sentence = _told(morning, data)
    fitting = [(old, new) for old, new in _SWAPS if re.search(rf"\b{old}\b", sentence)]
    assume(fitting)
    old, new = data.draw(st.sampled_from(fitting))
    mutant = re.sub(rf"\b{old}\b", new, sentence, count=1)
    if not _says_the_same(morning, sentence, mutant):
        assert _gate(morning).issues(mutant), f"{sentence!r} became {mutant!r}"


def _says_the_same(morning: Snapshot, sentence: str, mutant: str) -> bool:
    """Figures of the morning that happen to be equal make some mutants true."""
    values = [(figure.value, figure.prior) for figure in morning.figures]
    pieces = [abs(driver.value) for driver in morning.drivers]
    doubled = len(set(values)) < len(values) or len(set(pieces)) < len(pieces)
    return doubled or sentence == mutant


@_ROOM
@given(mornings(), st.data())
def test_a_wrong_figure_is_caught(morning: Snapshot, data: st.DataObject) -> None:
    sentence = _told(morning, data)
    places = [match.start() for match in re.finditer(r"(?<![\d.,])\d(?=[\d,]*\d)", sentence)]
    assume(places)
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != sentence[place]]))
    mutant = sentence[:place] + digit + sentence[place + 1 :]
    assert _gate(morning).issues(mutant), f"{sentence!r} became {mutant!r}"
