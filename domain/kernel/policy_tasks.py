"""The shape of [tasks] in ops.toml: the kinds of work, what each needs, and the rules that say where it goes."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Annotated, Literal, get_args

from pydantic import AfterValidator, Field, field_validator, model_validator

from domain.kernel.policy_section import Strict

Path = Literal["answer", "propose", "figures", "escalate"]
"""How work is done: answered from the figures, put forward as an action, reported, or handed to a person."""
Kind = Literal["text", "reason", "number", "date", "order", "sku", "ad_set", "deal", "department"]
"""What an input is: how it looks inside a sentence, and which answers fit."""
Op = Literal["is", "is_not", "in", "contains", "matches_word", "above", "below", "present", "absent"]
FIELDS = ("category", "confidence", "source", "requester", "channel", "objective", "output_format")
"""What a rule may look at, beside inputs.NAME."""

Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
_CRITERION = re.compile(r"not_empty|has_figure|effect_in_place|(?:mentions|contains):\s*\S.*|rows_at_least:\s*\d{1,6}")


def _criterion(text: str) -> str:
    if not _CRITERION.fullmatch(text):
        raise ValueError(
            f"nobody knows the criterion {text[:80]!r}; there are: not_empty, has_figure, mentions:WORD, "
            "contains:TEXT, rows_at_least:N, effect_in_place"
        )
    return text


Criterion = Annotated[str, Field(max_length=200), AfterValidator(_criterion)]
"""One thing an output must hold, checkable without judgement."""


class Need(Strict):
    """An input without which the work does not begin, and the question that asks for it."""

    name: Name
    question: Annotated[str, Field(min_length=1, max_length=200)]
    kind: Kind = "text"
    also: tuple[Name, ...] = ()
    """Other names people call it by."""


class Category(Strict):
    """A kind of work: the words it is told by, what it needs, and what is done."""

    description: Annotated[str, Field(min_length=1)]
    examples: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    """Any of these says it is this; whole words in any of their forms."""
    without: tuple[str, ...] = ()
    """Any of these says it is not."""
    fields: tuple[Kind, ...] = ()
    """Inputs that speak for it when they are found in the sentence."""
    needs: tuple[Need, ...] = ()
    path: Path
    action: str = ""
    limit_minutes: Annotated[int, Field(ge=1)] = 60
    acceptance: tuple[Criterion, ...] = ("not_empty",)

    @model_validator(mode="after")
    def _whole(self) -> Category:
        if (self.path == "propose") != bool(self.action):
            raise ValueError("the path 'propose' and an action belong together")
        return self


class Condition(Strict):
    """One thing that must be so for a rule to match; held by Rule, which names itself when it is wrong."""

    field: str
    op: str
    value: str | Decimal | tuple[str, ...] | None = None

    def wrong(self) -> str:
        """What is wrong with it, "" when nothing is; the input's name is held against the categories by Tasks."""
        if self.op not in get_args(Op):
            return f"nobody knows the operator {self.op!r}; there are: {', '.join(get_args(Op))}"
        if self.field not in FIELDS and not self.field.startswith("inputs."):
            return f"nobody knows the field {self.field!r}; there are: {', '.join(FIELDS)}, inputs.NAME"
        if not isinstance(self.value, _VALUES[self.op]):
            return f"the operator {self.op!r} needs {_SPELT[self.op]} as its value"
        return ""


_TEXTS = ("is", "is_not", "contains", "matches_word")
_VALUES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(_TEXTS, str),
    "in": tuple,
    **dict.fromkeys(("above", "below"), Decimal),
    **dict.fromkeys(("present", "absent"), type(None)),
}
_SPELT = {
    **dict.fromkeys(_TEXTS, "a text"),
    "in": "a list of texts",
    **dict.fromkeys(("above", "below"), "a number"),
    **dict.fromkeys(("present", "absent"), "nothing"),
}


class Rule(Strict):
    """Where work goes when every condition holds; without a path of its own, the path of its category."""

    name: Name
    when: tuple[Condition, ...] = ()
    department: Name
    path: Path | None = None

    @model_validator(mode="after")
    def _known(self) -> Rule:
        for one in self.when:
            if wrong := one.wrong():
                raise ValueError(f"the rule {self.name!r}: {wrong}")
        return self


class Tasks(Strict):
    """[tasks]: categories by name, and the rules in order; the first that matches wins, no match asks a person."""

    least_confidence: Annotated[float, Field(ge=0, le=1)] = 0.6
    categories: dict[Name, Category] = Field(default_factory=dict)
    rules: tuple[Rule, ...] = ()

    @field_validator("rules")
    @classmethod
    def _once(cls, rules: tuple[Rule, ...]) -> tuple[Rule, ...]:
        names = [rule.name for rule in rules]
        if twice := next((name for name in names if names.count(name) > 1), ""):
            raise ValueError(f"two rules are called {twice!r}")
        return rules

    @model_validator(mode="after")
    def _meet(self) -> Tasks:
        for rule in self.rules:
            for one in rule.when:
                if one.field.startswith("inputs.") and one.field.removeprefix("inputs.") not in self.inputs:
                    raise ValueError(f"the rule {rule.name!r}: no category needs the input {one.field!r}")
            self._named(rule)
        return self

    def _named(self, rule: Rule) -> None:
        """Refuse a rule about a category there is not, and one that proposes what has no action."""
        named = [name for one in rule.when if one.field == "category" for name in _listed(one)]
        if unknown := next((name for name in named if name not in self.categories), ""):
            raise ValueError(f"the rule {rule.name!r}: nobody knows the category {unknown!r}")
        if rule.path == "propose" and (not named or not all(self.categories[name].action for name in named)):
            raise ValueError(f"the rule {rule.name!r} proposes, but not for categories that have an action alone")

    @property
    def inputs(self) -> dict[str, Need]:
        """Every input some category needs, by name."""
        return {need.name: need for need in self.needs}

    @property
    def needs(self) -> tuple[Need, ...]:
        """What every category needs, in order; the same name may be asked for in several ways."""
        return tuple(need for category in self.categories.values() for need in category.needs)


def _listed(condition: Condition) -> tuple[str, ...]:
    if isinstance(condition.value, tuple):
        return condition.value
    return (condition.value,) if isinstance(condition.value, str) else ()
