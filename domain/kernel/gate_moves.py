"""Directions and relations of a stretch: what rose, fell, is above plan; and what drove it."""

from __future__ import annotations

from domain.kernel import gate_claims as claims
from domain.kernel.gate_stretch import EDGES, Stretch
from domain.kernel.ground import ALL, Driver, Figure

MOVES = frozenset({"direction", "flat", "quality"})


def move(here: Stretch, place: int) -> None:
    """A direction is checked once, against value and prior of every subject."""
    if place in here.used:
        return
    here.take(place)
    after = here.right(place)
    if here.kind(after) == "metric" and _leads(here, place) and after is not None:
        here.mention(after)
    if here.kind(place) == "flat" and _take_target(here, place):
        _every(here, place, relation=True)
    else:
        _every(here, place, relation=False)


def _leads(here: Stretch, place: int) -> bool:
    """`Fewer orders`, `3% more orders`: the direction comes before its metric."""
    return here.kind(here.left(place)) in ("", "number", *EDGES)


def _take_target(here: Stretch, place: int) -> bool:
    after = here.right(place)
    if here.kind(after) == "role":
        after = here.right(after)
    if here.kind(after) != "target":
        return False
    here.take(after)
    return True


def relation(here: Stretch, place: int) -> None:
    """Above, below, met, missed: against the target, or against the period before when that is named."""
    after = here.right(place)
    if here.kind(after) in ("metric", "name"):
        here.refuse(place, "compares two metrics")
    elif here.kind(after) == "prior" and here.tokens[place].sign:
        _every(here, place, relation=False)
    elif here.key(place) == "met" and here.kind(after) == "number":
        here.take(place)  # `reached 412` says no more than `was 412`
    elif here.key(place) in ("met", "missed") and here.kind(after) != "target":
        here.refuse(place, "names no target")
    else:
        stands(here, place)


def stands(here: Stretch, place: int) -> None:
    """A relation to the target, with or without the word for it."""
    after = here.right(place)
    if here.kind(after) == "target":
        here.take(after)
    _every(here, place, relation=True)


def _every(here: Stretch, place: int, *, relation: bool) -> None:
    """The claim must hold for every subject, and `both` and `all` must count them rightly."""
    here.take(place)
    here.said, here.unsaid = True, ""
    if not here.subjects:
        here.refuse(place, "belongs to no metric")
    _quantified(here, place)
    holds = claims.relation_holds if relation else claims.direction_holds
    for subject in here.subjects:
        found = here.figures(subject)
        if not found or not all(holds(figure, here.tokens[place].meaning) for figure in found):
            here.refuse(place, f"does not hold for {found[0].names[0] if found else 'anything in the facts'}")


def _quantified(here: Stretch, place: int) -> None:
    for other in (other for other in range(place) if here.kind(other) == "quantifier" and other not in here.used):
        here.take(other)
        counted = len(here.subjects)
        if (counted != 2) if here.key(other) == "both" else (counted < 2):
            here.refuse(other, f"is said of {counted}")


def priors(here: Stretch) -> None:
    """The words for the period before must compare, or follow a number of that period."""
    for place in (place for place, token in enumerate(here.tokens) if token.kind == "prior"):
        here.take(place)
        before = here.left(place)
        if here.is_role(before, "in", "for", "at"):
            before = here.left(before)
            fits = here.is_role(before, "than", "against") or here.roles.get(_place(before)) == "prior"
        elif here.is_role(before, "on", "against", "from", "than", "with") or here.kind(before) == "relation":
            moved = any(here.kind(other) in MOVES or here.roles.get(other) == "change" for other in range(place))
            fits = moved or here.roles.get(_place(here.left(before))) == "prior"
        else:
            fits = here.roles.get(_place(before)) == "prior"
        if not fits:
            here.refuse(place, "is compared with nothing")


def _place(place: int | None) -> int:
    return -1 if place is None else place


# --- drivers --------------------------------------------------------------------------------------------------------


def contribution(here: Stretch, verb: int, place: int) -> None:
    """`wholesale took £5.1k off net revenue`: an exact piece of a change, with its sign."""
    here.take(verb, place)
    cause_at, written = here.left(verb), here.tokens[place].number
    found = _drivers(here, _cause(here, cause_at), _effect(here, place))
    if len(found) != 1 or _joined(here, cause_at) or written is None:
        here.refuse(verb, "has no cause that was worked out")
        return
    in_money = written.unit == "money" and written.currency == here.ground.currency
    wrong_way = found[0].value * here.tokens[verb].sign <= 0
    if wrong_way or not in_money or not written.covers(abs(found[0].value)):
        here.refuse(place, f"is not what {found[0].names[0]} did")
    here.said, here.unsaid = True, ""


def _cause(here: Stretch, place: int | None) -> str:
    """The cause named at a place: a driver's name, or a dimension's."""
    if place is None or here.kind(place) not in ("cause", "name"):
        return ""
    here.take(place)
    token = here.tokens[place]
    return token.key if token.kind == "cause" else token.dimension


def _joined(here: Stretch, place: int | None) -> bool:
    """`DTC and wholesale took`: two causes for one number."""
    before = here.left(place)
    return here.kind(before) in EDGES and here.kind(here.left(before)) in ("cause", "name")


def _effect(here: Stretch, place: int) -> str:
    """The metric after `off` or `to`, if it is named."""
    after = here.right(place)
    if here.is_role(after, "to", "from"):
        after = here.right(after)
    if here.kind(after) != "metric":
        return ""
    here.take(after)
    return here.key(after)


def _drivers(here: Stretch, cause: str, effect: str) -> list[Driver]:
    return [
        driver
        for driver in here.ground.drivers
        if cause
        and driver.cause == cause
        and effect in ("", driver.effect)
        and here.period in ("", driver.period)
    ]  # fmt: skip


def because(here: Stretch, place: int) -> None:
    """`driven by fewer orders`: the biggest of the pieces that pull the same way."""
    here.take(place)
    after = here.right(place)
    cause = _cause(here, after)
    if here.kind(here.right(after)) in EDGES and here.kind(here.right(here.right(after))) in ("cause", "name"):
        here.refuse(place, "names more than one cause")
    for figure in here.one_subject(place):
        mine = _drivers(here, cause, figure.metric)
        if len(mine) != 1 or not _leading(here, mine[0], figure):
            here.refuse(place, "names a cause that was not worked out")


def _leading(here: Stretch, driver: Driver, figure: Figure) -> bool:
    change = figure.change
    if change is None or figure.dimension != ALL or driver.period != figure.period or driver.value * change <= 0:
        return False
    same_way = [
        abs(other.value)
        for other in here.ground.drivers
        if (other.split, other.effect, other.period) == (driver.split, driver.effect, driver.period)
        and other.value * change > 0
    ]
    return abs(driver.value) == max(same_way)
