"""A brief: what is to be done, with what, within which bounds, in which form, and when it is good enough."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from domain.kernel.errors import InputError
from domain.kernel.policy_section import Strict
from domain.kernel.policy_tasks import Criterion, Name

OBJECTIVE, INPUT, INPUTS, WHOLE = 2000, 1000, 20, 12_000
"""The most characters of an objective, of one input, the most inputs, and the most characters of all of it."""
_UNSTORABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_TOO_LONG = "{what} has {now:,} characters, and a brief holds at most {most:,} there; shorten it, or link to the rest."


def clean(text: object) -> object:
    """A text without what no table can hold (control characters, half surrogates), trimmed; the rest as it is."""
    return _UNSTORABLE.sub("", text.replace("\r\n", "\n")).strip() if isinstance(text, str) else text


def _short(what: str, most: int) -> AfterValidator:
    def checked(text: str) -> str:
        if len(text) > most:
            raise ValueError(_TOO_LONG.format(what=what, now=len(text), most=most))
        return text

    return AfterValidator(checked)


Text = Annotated[str, BeforeValidator(clean), _short("An input", INPUT)]


class Brief(Strict):
    """What somebody handed in. Its texts are data: never markup, never instructions.

    `category` is empty unless who handed it in named one.
    """

    objective: Annotated[str, BeforeValidator(clean), _short("The objective", OBJECTIVE)]
    inputs: dict[Name, Text] = Field(default_factory=dict)
    constraints: tuple[Text, ...] = ()
    output_format: Text = "text"
    acceptance: tuple[Criterion, ...] = ()
    category: Text = ""

    @model_validator(mode="after")
    def _held(self) -> Brief:
        if not self.objective:
            raise ValueError("A brief needs an objective: say in a sentence what is to be done.")
        if len(self.inputs) > INPUTS:
            raise ValueError(f"A brief holds at most {INPUTS} inputs, not {len(self.inputs)}.")
        if (now := self.length) > WHOLE:
            raise ValueError(_TOO_LONG.format(what="All of it together", now=now, most=WHOLE))
        return self

    @property
    def length(self) -> int:
        """All characters of all texts."""
        named = (text for pair in self.inputs.items() for text in pair)
        return sum(map(len, (self.objective, self.output_format, *named, *self.constraints, *self.acceptance)))


def of(given: Mapping[str, object]) -> Brief:
    """A brief of its parts; InputError says in a sentence what is wrong with the first that is."""
    try:
        return Brief.model_validate(given)
    except ValidationError as error:
        raise InputError(_sentence(error)) from error


def _sentence(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_context=False)[0]
    key = ".".join(str(step) for step in first["loc"])[:80]
    said = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        return f"A brief has no part called {key!r}; its parts are: {', '.join(Brief.model_fields)}."
    return said if said.endswith(".") else f"{key}: {said}."
