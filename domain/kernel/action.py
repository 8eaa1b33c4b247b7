"""What the house can do at a vendor: one declared deed with its preview, its proof, its undo, and what is never done.

A deed runs in this order: `before` (what the vendor holds now), `preview` (for the card), `guard` (is the effect of our
key there already?), `do`, `read_back` and `in_place`; later perhaps `stale_if` and `undo`. A `do` whose answer was lost
is looked up by `guard`, not earlier than `settles` after it was sent; an `undo` by `read_back` and `in_place`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from domain.kernel import connector as connectors
from domain.kernel import drift
from domain.kernel.errors import InputError, OpsError, SystemicError
from domain.kernel.vendor import Door
from domain.kernel.vendor_errors import BreakerOpenError, CredentialError, RefusedRequestError, ThrottledError

if TYPE_CHECKING:
    from domain.kernel.connector import Connector
    from domain.kernel.department import Department
    from domain.kernel.policy import Policy
    from domain.kernel.ports import Ops
    from domain.kernel.source import Source

Risk = Literal["low", "medium", "high"]
State = dict[str, Any]
"""What a vendor holds, as plain JSON without anything that changes by itself; `before` and `read_back` are alike."""
Saved = dict[str, Any]
"""What an effect is known by at the vendor, as plain JSON: its ids, and what an undo needs of it."""

NEVER = ("*.*refund*", "*.*payout*", "*.*price*", "*.raise_*budget*", "*.increase_*budget*", "*.set_*budget*")
"""Kinds no policy allows: money given back or paid out, prices, budgets that may grow."""
NEVER_FOR_GOOD = ("*.*cancel*", "*.*delete*", "*.*void*")
"""Kinds no policy allows without an undo."""


class Args(BaseModel):
    """What an action is told: the form, the questions at intake, and what an approval is for.

    Every field has a title (its label) and a description (what a person is asked).
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


@dataclass(frozen=True)
class Change:
    """One line of a preview: what it is called, how it stands and how it will stand."""

    label: str
    was: str
    becomes: str


@dataclass(frozen=True)
class Action:
    """One deed at a vendor. `key` in its functions is `opsbrain:<action id>`, to be kept where the vendor shows it.

    before: raises InputError when what is named does not exist or cannot be dealt with any more.
    preview: pure; nothing when nothing would change.
    guard: the effect under our key, None when it is not there. For a vendor that keeps no key: when all is as wished.
    do: one change. `natural`: to repeat it under the same key is harmless.
    stale_if: why an undo must refuse, from `read_back` now, `before` and `saved`; empty when nothing stands against it.
    undo: brings `before` back without touching what others did; None: it cannot be undone, so it is always asked for.
    """

    kind: str
    title: str
    risk: Risk
    args: type[Args]
    before: Callable[[Source, Any], Awaitable[State]]
    preview: Callable[[Any, State], tuple[Change, ...]]
    guard: Callable[[Source, Any, str], Awaitable[Saved | None]]
    do: Callable[[Source, Any, State, str], Awaitable[Saved]]
    read_back: Callable[[Source, Any, Saved], Awaitable[State]]
    in_place: Callable[[State, Any, Saved], bool]
    stale_if: Callable[[State, State, Saved], str]
    undo: Callable[[Source, Any, State, Saved, str], Awaitable[None]] | None
    scopes: tuple[str, ...]
    dry_run: Callable[[Source, Any], Awaitable[None]] | None = None
    amount: Callable[[Any, State], Decimal | None] = lambda *_: None
    natural: bool = False
    settles: timedelta = timedelta(0)

    def __post_init__(self) -> None:
        """An answer of another shape than its functions expect is drift, whichever of them stumbles over it."""
        for name in ("before", "guard", "do", "read_back", "undo", "dry_run"):
            if step := getattr(self, name):
                object.__setattr__(self, name, drift.shaped(step))
        for name in ("preview", "in_place", "stale_if"):
            object.__setattr__(self, name, drift.shaped_now(getattr(self, name)))

    @property
    def may_run_alone(self) -> bool:
        """Whether a person may ever let it run without being asked: only what can be undone."""
        return self.undo is not None

    def told(self, raw: Mapping[str, Any]) -> Any:
        """Arguments from a form, a thread or the database; InputError in one sentence for the first that is wrong."""
        try:
            return self.args.model_validate(raw)
        except ValidationError as error:
            first = error.errors()[0]
            name = str(first["loc"][0]) if first["loc"] else "the arguments"
            known = self.args.model_fields.get(name)
            raise InputError(f"{(known and known.title) or name}: {amiss(self.args, first)}") from error


def amiss(args: type[Args], one: Mapping[str, Any]) -> str:
    """One of pydantic's errors in plain words: what does not look as it must is asked for again."""
    known = args.model_fields.get(str(one["loc"][0])) if one["loc"] else None
    if known is None or one["type"] != "string_pattern_mismatch":
        return f"{one['msg']}."
    return " ".join(filter(None, (f"“{str(one['input'])[:60]}” does not fit.", known.description)))


def plain(args: Args) -> dict[str, Any]:
    """Arguments as they are kept: JSON, every amount and date a text."""
    return args.model_dump(mode="json")


def digest(kind: str, args: Args | Mapping[str, Any]) -> str:
    """What an approval is for, in 64 letters: the same for a model and for what was kept of it."""
    known = plain(args) if isinstance(args, Args) else dict(args)
    try:
        text = json.dumps(
            {"kind": kind, "args": known},
            sort_keys=True,
            separators=(",", ":"),
            ensure_ascii=False,
            allow_nan=False,
            default=_text,
        )
    except (TypeError, ValueError) as error:
        raise InputError(f"The arguments of {kind} cannot be written down: {error}.") from error
    return hashlib.sha256(text.encode()).hexdigest()


def _text(value: Any) -> str:
    if isinstance(value, Decimal) and value.is_finite():
        return str(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{value!r} is no plain value")


def found(departments: Iterable[Department], kind: str) -> tuple[Department, Connector, Action]:
    """An action by its kind, with whose it is; InputError for one that nobody declares."""
    for department in departments:
        for connector in department.connectors:
            for one in connector.actions:
                if one.kind == kind:
                    return department, connector, one
    raise InputError(f"Nobody here knows the action {kind!r}.")


def title(departments: Iterable[Department], kind: str) -> str:
    """What an action is called; its kind when nobody declares it any more."""
    try:
        return found(departments, kind)[2].title
    except InputError:
        return kind


def refusal(policy: Policy, action: Action) -> str:
    """Why an action is never taken, in a sentence; empty when it may be."""
    if _any(action.kind, NEVER):
        return f"{action.kind} is never done: refunds, payouts, prices and higher budgets stay with people."
    if action.undo is None and _any(action.kind, NEVER_FOR_GOOD):
        return f"{action.kind} is never done: it could not be undone."
    return f"{action.kind} is forbidden by the policy." if _any(action.kind, policy.actions.forbidden) else ""


def _any(kind: str, patterns: Iterable[str]) -> bool:
    return any(fnmatchcase(kind, pattern) for pattern in patterns)


def writable(ops: Ops, connector: Connector) -> tuple[str, ...]:
    """Names of what is missing to write at a vendor; while there are any its actions are suggestions only."""
    reading = connectors.missing(ops, connector)
    at = Door(connector.key, connector.url, connector.writing) if connector.writing else None
    return tuple(dict.fromkeys([*reading, *(ops.http.missing(at) if at else ())]))


def source_for_writing(ops: Ops, connector: Connector) -> Source:
    """The connector ready to be asked and changed, known by its write credential; CredentialError without one."""
    if connector.writing is None:
        raise CredentialError(f"{connector.name} is only read here.")
    at_work = connectors.source(ops, connector)
    return replace(at_work, door=replace(at_work.door, auth=connector.writing))


def surely_absent(error: OpsError) -> bool:
    """Whether a `do` that failed so certainly changed nothing; otherwise it must be looked up."""
    return isinstance(error, ThrottledError | BreakerOpenError | RefusedRequestError | InputError | SystemicError)
