"""The arguments of an action as questions of a dialog, and the answers as arguments."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from domain.kernel.action import Args, amiss
from handlers.surface import Field, FieldKind

_LONG = 300


def fields(args: type[Args], known: Mapping[str, Any]) -> tuple[Field, ...]:
    """One question for each argument, with what is known written in."""
    return tuple(_field(name, info, known.get(name)) for name, info in args.model_fields.items())


def _field(name: str, info: FieldInfo, known: Any) -> Field:
    options = tuple((str(one), str(one).replace("_", " ").capitalize()) for one in _choices(info))
    return Field(
        id=name,
        label=info.title or name,
        kind=_kind(info),
        hint=info.description or "",
        optional=not info.is_required(),
        options=options,
        initial="" if known is None else str(known),
    )


def _choices(info: FieldInfo) -> tuple[Any, ...]:
    return get_args(info.annotation) if get_origin(info.annotation) is Literal else ()


def _kind(info: FieldInfo) -> FieldKind:
    if _choices(info):
        return "choice"
    if info.annotation is date:
        return "date"
    most = next((one.max_length for one in info.metadata if hasattr(one, "max_length")), 0)
    return "lines" if most > _LONG else "text"


def raw(args: type[Args], values: Mapping[str, str]) -> dict[str, str]:
    """The answers as arguments; what was left empty keeps its default."""
    wanted = {name: values.get(name, "") for name in args.model_fields}
    return {name: said for name, said in wanted.items() if said.strip() or args.model_fields[name].is_required()}


def wrong(args: type[Args], values: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with the answers, by the name of the argument; empty when nothing is."""
    try:
        args.model_validate(raw(args, values))
    except ValidationError as error:
        first = next(iter(args.model_fields))
        return {str(one["loc"][0]) if one["loc"] else first: amiss(args, one) for one in error.errors()}
    return {}
