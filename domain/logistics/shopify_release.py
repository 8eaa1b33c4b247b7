"""Shopify: release one hold of an order, whoever placed it, and hold it again for the same reason."""

from __future__ import annotations

from pydantic import Field

from domain.kernel.action import Action, Args, Change, Saved, State
from domain.kernel.errors import InputError
from domain.kernel.source import Source
from domain.logistics.shopify_graphql import number
from domain.logistics.shopify_holds import (
    ORDER,
    PLACE,
    SCOPES,
    TAKEN,
    at_stake,
    change,
    held,
    let_go,
    told,
    waiting,
    wrong,
)


class ReleaseArgs(Args):
    """Which hold of an order to let go."""

    order: str = ORDER
    hold: str = Field(
        title="Hold", description="Which hold, by its number?", pattern=r"^(gid://shopify/FulfillmentHold/)?\d{1,20}$"
    )


def _of_hold(state: State, ident: str, again: str = "") -> State:
    """The order with one hold apart from the rest, which stand by reason and note: placed again it has another id."""
    wanted, parts, apart = number(ident), [], None
    for part in state["parts"]:
        for one in part["holds"]:
            if number(one["id"]) == wanted or (again and one["handle"] == again):
                apart = {"on": part["id"], "reason": one["reason"], "notes": one["notes"]}
        parts.append({**part, "holds": sorted([one["reason"], one["notes"]] for one in part["holds"])})
    return {**state, "parts": parts, "hold": apart}


async def before_release(source: Source, args: ReleaseArgs) -> State:
    """The order and the hold; InputError when it does not have that hold."""
    state = _of_hold(await held(source, args.order), args.hold)
    if state["hold"] is None:
        raise InputError(f"Order {state['order']} has no hold {number(args.hold)}.")
    return state


def preview_release(args: ReleaseArgs, before: State) -> tuple[Change, ...]:
    """What the hold was for, and whether others remain."""
    others = sum(len(one["holds"]) for one in before["parts"] if one["id"] == before["hold"]["on"]) - 1
    becomes = f"released; {others} more keep it back" if others else "released; it may be sent"
    return (Change(f"Order {before['order']}", f"kept back: {told(**_words(before))}", becomes),)


def _words(state: State) -> dict[str, str]:
    return {"reason": state["hold"]["reason"], "notes": state["hold"]["notes"]}


async def find_release(source: Source, args: ReleaseArgs, key: str) -> Saved | None:
    """That the hold is gone, which is all there is to see of a release."""
    state = _of_hold(await held(source, args.order), args.hold, key)
    return {"again": key} if state["hold"] is None else None


async def release(source: Source, args: ReleaseArgs, before: State, key: str) -> Saved:
    """Release this one hold."""
    ident = f"gid://shopify/FulfillmentHold/{number(args.hold)}"
    await let_go(source, {before["hold"]["on"]: ident}, key)
    return {"again": key}


async def read_release(source: Source, args: ReleaseArgs, saved: Saved) -> State:
    """The order now, and the hold if it is there or was placed again."""
    return _of_hold(await held(source, args.order), args.hold, saved["again"])


def is_released(now: State, _: ReleaseArgs, saved: Saved) -> bool:
    """Whether the hold is gone."""
    return now["hold"] is None


def release_is_stale(now: State, before: State, saved: Saved) -> str:
    """It has been sent or cancelled, so that it cannot be kept back any more."""
    waits = {one["id"] for one in waiting(now)}
    if now["cancelled"] or before["hold"]["on"] not in waits:
        return f"Order {now['order']} has been sent or cancelled."
    return "" if now["hold"] is None else f"Order {now['order']} has that hold again."


async def undo_release(source: Source, args: ReleaseArgs, before: State, saved: Saved, key: str) -> None:
    """Hold it again for the same reason, under a hold of our own."""
    again = {"reason": before["hold"]["reason"], "reasonNotes": before["hold"]["notes"] or None}
    wanted = again | {"handle": saved["again"], "externalId": key}
    variables = {"id0": before["hold"]["on"], "hold": wanted}
    payloads = await change(source, PLACE, variables, "$hold: FulfillmentOrderHoldInput!", 1)
    if refused := wrong(payloads, spared=TAKEN):
        raise InputError(f"Shopify: {refused}")


RELEASE = Action(
    kind="shopify.release_hold",
    title="Release a hold",
    risk="medium",
    args=ReleaseArgs,
    before=before_release,
    preview=preview_release,
    guard=find_release,
    do=release,
    read_back=read_release,
    in_place=is_released,
    stale_if=release_is_stale,
    undo=undo_release,
    amount=at_stake,
    scopes=SCOPES,
    natural=True,
)
