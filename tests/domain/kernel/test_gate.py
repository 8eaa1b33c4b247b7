"""The gate against sentences that are true and false of one morning, and against mutants of the true ones."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.kernel.gate import Gate
from tests.domain.kernel.grounds import morning
from tests.domain.kernel.sentences import FALSE, TRUE, lines

GATE = Gate(morning())
_HEDGES = ("about", "almost", "More than", "flat", "level", "little changed")


@pytest.mark.parametrize("sentence", lines(TRUE))
def test_a_true_sentence_may_be_said(sentence: str) -> None:
    assert GATE.issues(sentence) == ()


@pytest.mark.parametrize("sentence", lines(FALSE))
def test_a_wrong_sentence_may_not_be_said(sentence: str) -> None:
    assert GATE.issues(sentence)


def test_there_are_enough_sentences_to_judge_by() -> None:
    assert min(len(lines(TRUE)), len(lines(FALSE))) >= 40


EXACT = [sentence for sentence in lines(TRUE) if not any(hedge in sentence for hedge in _HEDGES)]
_SWAPS = [
    ("fell", "rose"), ("rose", "fell"), ("down", "up"), ("up", "down"), ("fewer", "more"), ("lower", "higher"),
    ("above", "below"), ("below", "above"), ("ahead of", "behind"), ("missed", "met"), ("worsened", "improved"),
    ("took", "added"), ("added", "took"), ("jumped", "plunged"), ("stale", "fresh"), ("fresh", "stale"),
    ("Net revenue", "Orders"), ("net revenue", "refunds"), ("orders", "refunds"), ("Net revenue", "Gross revenue"),
    ("refunds", "net revenue"), ("MER", "Ad spend"), ("days of cover", "late shipments"), ("late shipments", "orders"),
    ("DTC", "wholesale"), ("wholesale", "DTC"), ("85123A", "SKU 22423"), ("Logistics", "Sales"),
    ("month to date", "over the last 7 days"), ("£", "€"), ("£", ""), ("%", " points"), ("%", ""), ("k", "m"),
    ("Both", "12"), ("All", "1 of the"), ("2 of 3", "All"), (" is ", " is not "), (" was ", " was never "),
    ("the 7 days before", "the last 7 days"), ("driven by wholesale", "driven by DTC"), ("net revenue", "stock"),
    ("fewer orders", "more orders"), ("larger baskets", "smaller baskets"), ("from", "to"), ("runs out", "is due"),
    ("to £", "from £"), ("the target of", "the plan over"), (" and ", " because "), (" needs ", " needed "),
]  # fmt: skip


def _swapped() -> Iterator[tuple[str, str]]:
    for sentence in EXACT:
        for old, new in _SWAPS:
            if re.search(rf"(?<!\w){re.escape(old)}" if old[0].isalpha() else re.escape(old), sentence):
                yield sentence, sentence.replace(old, new, 1)


# Mutants that say something else which is also true, or the same in other words.
_ALSO_TRUE = {
    "Orders weakened over the last 7 days",
}


@pytest.mark.parametrize(("sentence", "mutant"), list(_swapped()))
def test_a_swapped_word_is_caught(sentence: str, mutant: str) -> None:
    if mutant not in _ALSO_TRUE:
        assert GATE.issues(mutant), f"{sentence!r} became {mutant!r}"


_DIGIT = re.compile(r"(?<![A-Z0-9])\d[\d,.]*(?![A-Z\d])")
_PERIODS = re.compile(r"7 days|SKU \d+|order \d+|85123A|\d+(–\d+)? Nov( 2026)?", re.IGNORECASE)


def _places(sentence: str) -> list[int]:
    """Digits that are part of a claim, not of a name."""
    hidden = {place for match in _PERIODS.finditer(sentence) for place in range(*match.span())}
    return [place for place, sign in enumerate(sentence) if sign.isdigit() and place not in hidden]


@given(st.sampled_from([sentence for sentence in EXACT if _places(sentence)]), st.data())
def test_a_changed_digit_is_caught(sentence: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(_places(sentence)))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != sentence[place]]))
    assert GATE.issues(sentence[:place] + digit + sentence[place + 1 :])


@given(st.sampled_from(lines(TRUE)), st.text(alphabet=st.characters(codec="utf-8"), min_size=1, max_size=12))
def test_no_text_breaks_the_gate(sentence: str, noise: str) -> None:
    GATE.issues(noise)
    GATE.issues(f"{sentence} {noise}")


_WORDS = sorted({word for sentence in lines(TRUE) for word in sentence.split()})


@given(st.lists(st.sampled_from(_WORDS), min_size=1, max_size=14))
def test_no_order_of_words_breaks_the_gate(words: list[str]) -> None:
    GATE.issues(" ".join(words))
