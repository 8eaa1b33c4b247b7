"""Raw words, the fields of a dialog or the body of a webhook become a brief, or the questions that are still open."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from domain.kernel.errors import InputError
from domain.kernel.policy_tasks import Category, Need, Tasks
from domain.tasks import brief as briefs
from domain.tasks import kinds
from domain.tasks.brief import Brief

_LINE = re.compile(r"(?:[-*•] )?(\w[\w ]{0,39}) ?[:=] ?(\S.*)")
_PAIR = re.compile(r"(?<!\S)([A-Za-z]\w{0,39})=(?:\"([^\"\n]*)\"|(\S+))")
_PARTS = {
    "objective": "objective",
    "constraint": "constraints",
    "constraints": "constraints",
    "output": "output_format",
    "output_format": "output_format",
    "acceptance": "acceptance",
    "category": "category",
}
_MANY = ("constraints", "acceptance")
_BODY = ("objective", "inputs", "constraints", "output_format", "acceptance", "category")


@dataclass(frozen=True)
class Question:
    """What a person is asked for the input called `name`."""

    name: str
    text: str


@dataclass(frozen=True)
class Taken:
    """A brief as far as it is known; nothing runs while a question is open."""

    brief: Brief
    questions: tuple[Question, ...] = ()


def from_words(text: str, tasks: Tasks) -> Brief:
    """A brief of what somebody wrote: prose, `name: value` lines and `name=value` pairs; InputError says why not."""
    prose, named = _told(_bounded(text), tasks)
    objective = "\n".join(filter(None, (*named.pop("objective", []), prose)))
    return _made(objective, named, tasks)


def from_fields(given: Mapping[str, object], tasks: Tasks) -> Brief:
    """A brief of a dialog's fields or a webhook's JSON: the parts of a brief, and inputs by name at the top or in
    `inputs`; InputError names a field that nobody knows or that holds more than texts and numbers.
    """
    named: dict[str, list[str]] = {}
    inputs, known = given.get("inputs") or {}, (*_BODY, *_called(tasks))
    if not isinstance(inputs, Mapping):
        raise InputError("The field 'inputs' must hold names and values.")
    for key, value in (*given.items(), *inputs.items()):
        if key in given and key not in known:
            raise InputError(f"Nobody knows the field {str(key)[:80]!r}; there are: {', '.join(known)}.")
        if value is not None and key != "inputs":
            named.setdefault(str(key), []).extend(_texts(str(key), value))
    return _made("\n".join(named.pop("objective", [])), named, tasks)


def complete(brief: Brief, category: Category) -> Taken:
    """The brief with every input of its category that can be read from it, and one question for each that cannot."""
    inputs, questions = dict(brief.inputs), []
    for need in category.needs:
        given = next((inputs.pop(name) for name in (need.name, *need.also) if name in inputs), "")
        value = kinds.fitting(need.kind, given) if given else kinds.found(need.kind, brief.objective)
        if value:
            inputs[need.name] = value
        else:
            questions.append(_question(need, given))
    acceptance = tuple(dict.fromkeys((*brief.acceptance, *category.acceptance)))
    return Taken(briefs.of({**dict(brief), "inputs": inputs, "acceptance": acceptance}), tuple(questions))


def answered(brief: Brief, category: Category, text: str) -> Taken:
    """The brief after a reply in its thread: `name: value` lines by their names, else an answer to what is open."""
    needs = {need.name: need for need in category.needs}
    asked = [needs[one.name] for one in complete(brief, category).questions]
    given = _replies(str(briefs.clean(text)), asked, needs)
    taken = complete(briefs.of({**dict(brief), "inputs": {**brief.inputs, **given}}), category)
    if asked and not given:
        first = _question(asked[0], str(briefs.clean(text)))
        return Taken(taken.brief, (first, *taken.questions[1:]))
    return taken


def _replies(text: str, asked: list[Need], needs: Mapping[str, Need]) -> dict[str, str]:
    """The inputs that a reply holds: those it names; else the first open one, and others that can be told apart."""
    _, named = _split(text, {name: need.name for need in needs.values() for name in (*need.also, need.name)})
    if named:
        return {name: values[-1] for name, values in named.items()}
    given = {need.name: value for need in asked if (value := kinds.found(need.kind, text))}
    if asked and asked[0].name not in given and (value := kinds.fitting(asked[0].kind, text)):
        given[asked[0].name] = value
    return given


def _question(need: Need, given: str) -> Question:
    if not given:
        return Question(need.name, need.question)
    return Question(need.name, f"“{given[:60]}” does not fit: {need.question}")


def _bounded(text: str) -> str:
    if len(text) > briefs.WHOLE:
        raise InputError(
            f"That has {len(text):,} characters, and a brief holds at most {briefs.WHOLE:,}; "
            "shorten it, or link to the rest."
        )
    return str(briefs.clean(text))


def _told(text: str, tasks: Tasks) -> tuple[str, dict[str, list[str]]]:
    return _split(text, {**{name: name for name in _called(tasks)}, **_PARTS})


def _called(tasks: Tasks) -> tuple[str, ...]:
    """Every name some input is called by; which input is meant, its category says."""
    return tuple(dict.fromkeys(name for need in tasks.needs for name in (need.name, *need.also)))


def _split(text: str, known: Mapping[str, str]) -> tuple[str, dict[str, list[str]]]:
    """The prose of a text, and the values of the names that are known; a name nobody knows is prose."""
    named: dict[str, list[str]] = {}
    prose = []

    def pair(hit: re.Match[str]) -> str:
        if not (name := known.get(hit[1].lower())):
            return hit[0]
        named.setdefault(name, []).append(hit[2] or hit[3] or "")
        return ""

    for line in map(str.strip, text.splitlines()):
        hit = _LINE.fullmatch(line)
        if hit and (name := known.get(re.sub(r"\s+", "_", hit[1].strip().lower()))) and not _PAIR.match(line):
            named.setdefault(name, []).append(hit[2].strip())
        else:
            prose.append(_PAIR.sub(pair, line).strip())
    return "\n".join(prose).strip(), named


def _made(objective: str, named: Mapping[str, list[str]], tasks: Tasks) -> Brief:
    parts: dict[str, object] = {name: tuple(values) for name, values in named.items() if name in _MANY}
    parts |= {name: values[-1] for name, values in named.items() if name in ("output_format", "category") and values}
    inputs = {name: ", ".join(values) for name, values in named.items() if name not in _BODY and values}
    chosen = _chosen(str(parts.get("category", "")), tasks)
    said = objective or (chosen.description if chosen else "")
    return briefs.of({**parts, "objective": said, "inputs": inputs})


def _chosen(name: str, tasks: Tasks) -> Category | None:
    if name and name not in tasks.categories:
        raise InputError(f"Nobody knows the category {name[:80]!r}; there are: {', '.join(tasks.categories)}.")
    return tasks.categories.get(name)


def _texts(key: str, value: object) -> list[str]:
    """The texts of one field; a list is several, and so are the lines of a part that holds many."""
    texts = [_scalar(key, one) for one in (value if isinstance(value, list | tuple) else (value,))]
    return [line for text in texts for line in text.splitlines() if line.strip()] if key in _MANY else texts


def _scalar(key: str, value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str | int | float | Decimal):
        raise InputError(f"The field {key[:80]!r} holds more than texts and numbers.")
    return str(value)
