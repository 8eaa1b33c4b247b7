"""The course of one action: looked at, intended, tried once, looked up when unclear, proved, written down and told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from domain.actions import runner
from domain.actions.runner import Deed, End, Terms
from domain.kernel.errors import OpsError, TransientError


class Steps(Protocol):
    """How a deed of the course is done: as a recorded step of a flow, or at once where nothing is recorded."""

    async def step(self, name: str, deed: Callable[..., Awaitable[Any]], *args: Any) -> Any:
        """Do `deed(ops, *args)` once; what it gave back before is given back again."""
        ...

    async def pause(self, seconds: float) -> None:
        """Wait."""
        ...


async def run(go: Steps, action_id: str, deed: Deed) -> End | None:
    """Do an approved action, or take a done one back; how it ended, None when there was nothing to do.

    It never raises a failure of the taxonomy: whatever a vendor does, the action ends in a state that tells it.
    """
    terms: Terms | None = await go.step("ready", runner.ready, action_id, deed)
    if terms is None:
        return None
    try:
        end = terms["end"] or await _ended(go, action_id, deed, terms)
    except OpsError as error:  # the house itself is not as it was when it began
        end = {"state": "unclear", "error": error.detail}
    await _written(go, action_id, deed, end)
    if end["state"] == "unclear" and (known := await _cleared(go, action_id, deed, terms, end)):
        await _written(go, action_id, deed, known, True)
        return known
    return end


async def _written(go: Steps, action_id: str, deed: Deed, end: End, *later: bool) -> None:
    turned: list[str] = await go.step("record", runner.recorded, action_id, deed, end, *later)
    for one in (action_id, *turned):
        await go.step("tell", runner.told, one)


async def _ended(go: Steps, action_id: str, deed: Deed, terms: Terms) -> End:
    try:
        seen = await _patiently(go, terms, "look", runner.looked, action_id, deed)
    except OpsError as error:
        return runner.failed(error)
    if seen["stale"]:
        return {"state": "stale", "error": seen["stale"]}
    await go.step("intend", runner.intended, action_id, deed, seen["state"])
    end = await _tried(go, action_id, deed, terms)
    return await _proved(go, action_id, deed, terms, end) if end["state"] == "done" else end


async def _tried(go: Steps, action_id: str, deed: Deed, terms: Terms) -> End:
    """Try until it is there, surely is not, or nobody can tell. Only what surely changed nothing is tried again.

    A call that its process did not outlive is looked up first, and made again only when the vendor has nothing of it.
    """
    pauses = [*terms["retry"], None]
    for nth, wait in enumerate(pauses):
        end: End = await go.step("do", runner.attempted, action_id, deed, nth)
        if end["state"] in ("unclear", "cut"):
            known = await _looked_up(go, action_id, deed, terms, end, last=wait is None)
            if known["state"] != "absent":
                return known
            end = known
        if end["state"] != "absent" or wait is None or end.get("kind") != "transient":
            break
        await go.pause(max(wait, min(end.get("retry_after") or 0.0, terms["longest"])))
    return {**end, "state": "failed"} if end["state"] == "absent" else end


async def _looked_up(go: Steps, action_id: str, deed: Deed, terms: Terms, end: End, *, last: bool) -> End:
    """What the vendor has of a call whose answer was lost.

    A call that was answered by nothing may still arrive, so that it is repeated only where that is harmless; behind
    the `last` one nobody says that nothing was changed.
    """
    answered = False
    for wait in terms["look_up"]:
        await go.pause(wait)
        try:
            found: End | None = await go.step("look up", runner.found, action_id, deed)
        except TransientError:
            continue
        except OpsError as error:
            return {"state": "unclear", "error": f"{end['error']} It could not be looked up: {error.detail}"}
        if found is not None:
            return found
        answered = True
    if answered and (end["state"] == "cut" or (terms["natural"] and not last)):
        return {"state": "absent", "error": end["error"], "kind": "transient"}
    why = "it was not found" if answered else "it could not be looked up"
    return {"state": "unclear", "error": f"{end['error']} Looked up {len(terms['look_up'])} times: {why}."}


async def _cleared(go: Steps, action_id: str, deed: Deed, terms: Terms, end: End) -> End | None:
    """What the vendor shows hours later of what was unclear; None when it could not be asked or shows it otherwise."""
    found: End | None = None
    absent = False
    for wait in terms["look_again"]:
        await go.pause(wait)
        try:
            found, absent = await go.step("look again", runner.found, action_id, deed), True
        except OpsError:
            continue
        if found is not None:
            known = await _proved(go, action_id, deed, terms, found)
            return known if known["state"] == "done" else None
    return {"state": "failed", "error": f"{end['error']} Hours later it was not there."} if absent else None


async def _proved(go: Steps, action_id: str, deed: Deed, terms: Terms, end: End) -> End:
    """What the vendor accepted is read back until it is as it should be."""
    why = ""
    for wait in (0.0, *terms["look_up"]):
        await go.pause(wait)
        try:
            seen = await go.step("read back", runner.read_back, action_id, deed, end.get("saved"))
        except OpsError as error:
            why = error.detail
            continue
        if seen["proved"]:
            return {**end, "after": seen["after"]}
        why = "the vendor accepted it, and shows it otherwise."
    return {**end, "state": "unclear", "error": f"It could not be proved: {why}"}


async def _patiently(go: Steps, terms: Terms, name: str, deed: Callable[..., Awaitable[Any]], *args: Any) -> Any:
    """A step that only reads: tried again after each pause of the policy while its failure may pass."""
    for wait in terms["retry"]:
        try:
            return await go.step(name, deed, *args)
        except TransientError:
            await go.pause(wait)
    return await go.step(name, deed, *args)
