"""A brief holds what was handed in, as data and within bounds; beyond them it is refused in a sentence."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from domain.kernel.errors import InputError
from domain.tasks import brief


def test_forty_kilobytes_of_prose_are_refused_with_their_length() -> None:
    with pytest.raises(InputError, match=r"The objective has 40,960 characters, and a brief holds at most 2,000"):
        brief.of({"objective": "a" * 40_960})


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"objective": " \n"}, "A brief needs an objective"),
        ({}, "objective: Field required"),
        ({"objective": "go", "inputs": {"order": "1" * 1001}}, "An input has 1,001 characters"),
        ({"objective": "go", "inputs": {f"input_{n}": "1" for n in range(21)}}, "at most 20 inputs, not 21"),
        ({"objective": "go", "inputs": {f"input_{n}": "1" * 900 for n in range(15)}}, "All of it together has 13,"),
        ({"objective": "go", "inputs": {"Not a name": "1"}}, "inputs"),
        ({"objective": "go", "colour": "red"}, "A brief has no part called 'colour'"),
        ({"objective": "go", "acceptance": ["perfect"]}, "nobody knows the criterion 'perfect'"),
        ({"objective": "go", "acceptance": ["rows_at_least:many"]}, "nobody knows the criterion"),
    ],
)
def test_what_a_brief_cannot_hold_is_refused_in_a_sentence(given: dict[str, object], said: str) -> None:
    with pytest.raises(InputError) as refused:
        brief.of(given)
    assert said in refused.value.detail
    assert refused.value.detail.endswith(".")


def test_markup_stays_text_and_what_no_table_holds_is_left_out() -> None:
    made = brief.of({"objective": " <!channel> see <https://x.example|here>\x00\ud800\r\nnow "})
    assert made.objective == "<!channel> see <https://x.example|here>\nnow"


def test_a_brief_survives_its_row_and_cannot_be_changed() -> None:
    made = brief.of(
        {"objective": "go", "inputs": {"order": "1"}, "constraints": ["today"], "acceptance": ["not_empty"]}
    )
    assert brief.of(made.model_dump(mode="json")) == made
    with pytest.raises(ValidationError):
        made.objective = "stop"  # type: ignore[misc]
