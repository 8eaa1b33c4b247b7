"""Whatever the facts, every word and figure of the template passes the gate, and the card fits a phone."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings

from domain.kernel import card as cards
from domain.kernel.card import Prose
from domain.pulse import compose, face, gate
from domain.pulse import snapshot as snapshots
from domain.pulse.snapshot import Snapshot
from handlers import blocks
from tests.domain.pulse.mornings import mornings

MANY = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@MANY
@given(mornings())
def test_the_template_always_passes_the_gate(morning: Snapshot) -> None:
    assert compose.render(morning).issues == ()


@MANY
@given(mornings())
def test_the_card_fits_a_phone_screen(morning: Snapshot) -> None:
    (message,) = blocks.of(compose.render(morning).card)
    text = [word for block in message.blocks for word in _texts(block)]
    assert len(message.blocks) <= 15
    assert sum(len(word) for word in text) <= 1_500
    assert 0 < len(message.text) <= 300


def _texts(block: object) -> list[str]:
    if isinstance(block, dict):
        own = [block["text"]] if isinstance(block.get("text"), str) else []
        return own + [text for value in block.values() if isinstance(value, dict | list) for text in _texts(value)]
    return [text for one in block for text in _texts(one)] if isinstance(block, list) else []


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(mornings())
def test_the_same_facts_give_the_same_bytes(morning: Snapshot) -> None:
    kept = snapshots.to_json(morning)
    again = snapshots.from_json(kept)
    assert snapshots.to_json(again) == kept
    one, other = compose.render(morning), compose.render(again)
    assert one.score == other.score
    assert one.narrative == other.narrative
    assert cards.to_json(one.card) == cards.to_json(other.card)
    assert [cards.to_json(card) for card in one.detail] == [cards.to_json(card) for card in other.detail]


@MANY
@given(mornings())
def test_the_bar_has_ten_steps_and_as_many_are_full_as_the_score_has_tens(morning: Snapshot) -> None:
    told = compose.render(morning)
    headline = told.card.parts[0]
    assert isinstance(headline, Prose)
    steps = headline.text[:10]
    assert set(steps) <= {"▰", "▱"}
    shown = compose.health(morning).shown
    if shown is not None:
        assert steps == face.bar(shown)
        assert abs(steps.count("▰") * 10 - shown) <= 5


@MANY
@given(mornings())
def test_what_is_degraded_or_needs_attention_is_always_told(morning: Snapshot) -> None:
    told = compose.render(morning)
    tired = [source.name for source in morning.sources if source.mark(morning.at) != "fresh"]
    assert gate.uncovered([told.narrative], tired) == ()
    left_out = [part.key for part in compose.health(morning).parts if part.state != "present"]
    if left_out and told.score is not None:
        assert "left out of the score" in told.narrative
