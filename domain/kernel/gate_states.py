"""Things that are counted: `2 of 5 sources are stale`, `Logistics needs attention`; recounted from the facts."""

from __future__ import annotations

from domain.kernel.gate_stretch import EDGES, Stretch
from domain.kernel.ground import Group


def counts(here: Stretch, place: int) -> bool:
    """Whether the number at a place counts things of a group; its state checks it."""
    after = here.right(place)
    while here.kind(after) == "number" or here.is_role(after, "of"):
        after = here.right(after)
    return here.kind(after) == "group"


def state(here: Stretch, place: int) -> None:
    """A state is said of names, or of a counted group."""
    here.take(place)
    if any(token.kind in ("period", "prior") for token in here.tokens):
        here.refuse(place, "is known of now only")
    before = here.left(place)
    if here.kind(before) == "quantifier":
        here.take(before)
        before = here.left(before)
    if here.kind(before) == "group" and before is not None:
        _of_a_group(here, place, before)
    elif here.kind(before) == "name" and before is not None:
        _of_names(here, place, before)
    else:
        here.refuse(place, "is said of nothing")
    here.said, here.unsaid = True, ""


def _group(here: Stretch, key: str) -> Group | None:
    return next((group for group in here.ground.groups if group.key == key), None)


def _of_names(here: Stretch, place: int, last: int) -> None:
    names: list[int] = [last]
    before = here.left(last)
    while here.kind(before) in EDGES and here.kind(here.left(before)) == "name":
        before = here.left(before)
        assert before is not None
        names.append(before)
        before = here.left(before)
    _quantified(here, place, len(names))
    for name in names:
        here.take(name)
        token = here.tokens[name]
        group = _group(here, token.member_of)
        if group is None or token.key not in group.states.get(here.key(place), frozenset()):
            here.refuse(place, f"is not the state of {token.text}")


def _quantified(here: Stretch, place: int, counted: int) -> None:
    """`both` and `all` around a list of names."""
    for other in (other for other in range(place) if here.kind(other) == "quantifier"):
        here.take(other)
        if (counted != 2) if here.key(other) == "both" else (counted < 2):
            here.refuse(other, f"is said of {counted}")


def _of_a_group(here: Stretch, place: int, at: int) -> None:
    here.take(at)
    group = _group(here, here.key(at))
    members = group.states.get(here.key(place)) if group else None
    if group is None or members is None:
        here.refuse(place, f"is not a state of {here.tokens[at].text}")
        return
    counted, whole = _numbers(here, at)
    total = len(group.members)
    if whole not in (None, total):
        here.refuse(place, f"is said of {whole}, there are {total}")
    expected = total if counted is None else counted
    if len(members) != expected or (counted is None and total == 0):
        here.refuse(place, f"holds for {len(members)} of {total}")


def _numbers(here: Stretch, at: int) -> tuple[int | None, int | None]:
    """The counts before a group: (how many are in the state; None: all of them, how many there are; None: unsaid)."""
    before = here.left(at)
    outer = _whole_number(here, before)
    if outer is not None:
        before = here.left(before)
    if here.is_role(before, "of"):
        here.take(before)
        inner = here.left(before)
        counted = _whole_number(here, inner)
        return (-1 if counted is None else counted), outer
    if here.kind(before) == "quantifier":
        here.take(before)
        both_of_two = here.key(before) != "both" or outer in (None, 2)
        return (None if both_of_two else -1), 2 if here.key(before) == "both" else outer
    return outer, None


def _whole_number(here: Stretch, place: int | None) -> int | None:
    written = here.tokens[place].number if place is not None else None
    if written is None or written.unit or written.value % 1:
        return None
    here.take(place)
    return int(written.value)
