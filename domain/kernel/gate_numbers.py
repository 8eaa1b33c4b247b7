"""The numbers of a stretch: which figure each belongs to, in which role, and whether it is that figure's."""

from __future__ import annotations

from domain.kernel import gate_claims as claims
from domain.kernel import gate_moves as moves
from domain.kernel import gate_states as states
from domain.kernel.gate_claims import Role
from domain.kernel.gate_stretch import Stretch, Subject


def number(here: Stretch, place: int) -> None:
    """Bind one number and check it."""
    written = here.tokens[place].number
    if written is None or states.counts(here, place):
        return
    before, hedge = _hedge(here, place)
    if here.kind(before) == "contribution" and before is not None:
        moves.contribution(here, before, place)
        return
    role = _role_left(here, place, before) or _role_right(here, place) or "value"
    here.roles[place] = role
    _bind(here, place, role)
    if place in here.used:
        return
    for figure in here.one_subject(place):
        bare = not written.unit and not here.subjects[0].metric and figure.unit not in ("count", "ratio")
        if bare or not claims.number_holds(figure, role, written, hedge, here.ground.currency):
            here.refuse(place, f"is not the {role} of {figure.names[0]}")
    here.take(place)
    here.said, here.unsaid = True, ""


def _hedge(here: Stretch, place: int) -> tuple[int | None, str]:
    """The place before the number and its hedge, and which hedge it is."""
    before = here.left(place)
    if here.kind(before) == "hedge":
        here.take(before)
        return here.left(before), here.key(before)
    word = here.tokens[before].text.lower() if before is not None and here.kind(before) == "relation" else ""
    if word in ("over", "under") and here.kind(here.right(place)) not in ("target", "relation"):
        here.take(before)
        return here.left(before), word
    return before, ""


# --- roles ----------------------------------------------------------------------------------------------------------


def _role_left(here: Stretch, place: int, before: int | None) -> Role | None:
    """What the words before the number make of it."""
    moved = here.left(before) if here.is_role(before, "by") else before
    if here.kind(moved) in ("direction", "quality") and moved is not None:
        moves.move(here, moved)
        return "change"
    if here.is_role(before, "by") and _passed_target(here, moved):
        return "gap"
    named = here.left(before) if here.is_role(before, "of", "at") else before
    if here.kind(named) == "target":
        here.take(named)
        return "target"
    if here.kind(before) == "relation" and here.key(before) in ("above", "below") and before is not None:
        return _target_itself(here, place, before)
    return _role_word(here, place, before)


def _role_word(here: Stretch, place: int, before: int | None) -> Role | None:
    """`of`, `from` and `to`; `level with` the period before."""
    if here.is_role(before, "with") and here.kind(here.left(before)) == "flat":
        return "prior"
    if here.is_role(before, "against") and here.kind(here.right(place)) != "target":
        return "prior"
    if here.is_role(before, "of"):
        return "whole" if here.kind(here.left(before)) == "number" else None
    if here.is_role(before, "from"):
        return "prior"
    return "value" if here.is_role(before, "to") else None


def _passed_target(here: Stretch, place: int | None) -> bool:
    """`beat the plan of £400k by 3.2%`: a relation stands before, and only its target in between."""
    while here.kind(place) in ("target", "number") or here.is_role(place, "of"):
        place = here.left(place)
    return here.kind(place) == "relation" and place in here.used and here.tokens[place].sign != 0


def _target_itself(here: Stretch, place: int, relation: int) -> Role:
    """`below 9.0`, `above the £399k plan`: the number is the target."""
    if relation not in here.used:
        moves.stands(here, relation)
    after = here.right(place)
    if here.kind(after) == "target":
        here.take(after)
    return "target"


def _role_right(here: Stretch, place: int) -> Role | None:
    """What the words after the number make of it."""
    after = here.right(place)
    if after is None:
        return None
    if here.kind(after) == "target":
        here.take(after)
        return "target"
    if here.kind(after) == "relation" and here.key(after) in ("above", "below"):
        return _gap(here, after)
    if here.kind(after) == "direction" and _carries_no_number(here, after):
        moves.move(here, after)
        return "change"
    if _of_the_period_before(here, place):
        return "prior"
    written = here.tokens[place].number
    is_share = here.is_role(after, "of") and written is not None and written.unit == "percent"
    return "share" if is_share and here.kind(here.right(after)) == "metric" else None


def _gap(here: Stretch, relation: int) -> Role:
    """`3.2% above plan`, or `3.2% above the 7 days before`."""
    if here.kind(here.right(relation)) == "prior":
        moves.relation(here, relation)
        return "change"
    moves.stands(here, relation)
    return "gap"


def _carries_no_number(here: Stretch, direction: int) -> bool:
    """Whether `up` in `£98k up` is not that of `up 6%`."""
    after = here.right(direction)
    if here.is_role(after, "by", "from", "to") or here.kind(after) == "hedge":
        after = here.right(after)
    return here.kind(after) != "number"


def _of_the_period_before(here: Stretch, place: int) -> bool:
    after = here.right(place)
    if here.is_role(after, "in", "for", "at", "on"):
        after = here.right(after)
    return here.kind(after) == "prior"


# --- whose number it is ---------------------------------------------------------------------------------------------


def _bind(here: Stretch, place: int, role: Role) -> None:
    """`412 orders`, `£98k of net revenue`, `85% of gross revenue`: the metric after the number is its own."""
    after = here.right(place)
    metric = here.right(after) if here.is_role(after, "of") else after
    if metric != after and here.kind(metric) == "number":
        metric = here.right(metric)  # `37 of 38 job slots`
    if here.kind(metric) != "metric" or metric is None:
        return
    if role == "share":
        _share(here, place, metric)
        return
    if here.unsaid not in ("", here.key(metric)):
        here.refuse(place, "stands between two metrics")
    here.take(metric)
    here.subjects, here.said, here.unsaid = [Subject(here.key(metric), here.dimensions(metric))], True, ""


def _share(here: Stretch, place: int, metric: int) -> None:
    here.take(metric)
    if any(figure.whole_of != here.key(metric) for figure in here.one_subject(place)):
        here.refuse(place, f"is not a share of {here.tokens[metric].text}")
