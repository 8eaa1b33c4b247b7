"""Meta: pause an ad set or let it run again, and set it back to what it was.

Meta keeps no key of ours; asking for the status an ad set has already changes nothing, so that repeating is harmless.
"""

from __future__ import annotations

from functools import partial
from typing import Literal

from pydantic import Field

from domain.kernel.action import Action, Args, Change, Saved, State
from domain.kernel.drift import taken
from domain.kernel.errors import InputError
from domain.kernel.facts import text
from domain.kernel.source import Source
from domain.kernel.vendor import Call
from domain.kernel.vendor_errors import DriftError

Status = Literal["ACTIVE", "PAUSED"]
_SAID = {"ACTIVE": "running", "PAUSED": "paused"}
_FIELDS = (("fields", "id,name,configured_status,account_id,campaign_id"),)  # a campaign has no campaign_id


class AdSetArgs(Args):
    """Which ad set."""

    ad_set: str = Field(title="Ad set", description="Which ad set, by its number?", pattern=r"^\d{5,25}$")


async def before(source: Source, args: AdSetArgs) -> State:
    """The ad set's name and its own status; InputError when it is not ours, or deleted."""
    row = (await source.ask(Call(f"/{source.version}/{args.ad_set}", query=_FIELDS, typed=True))).data
    if text(row["account_id"]) != source.settings["META_ACCOUNT"].removeprefix("act_"):
        raise InputError(f"Ad set {args.ad_set} is not in our ad account.")
    status = taken(row, "configured_status", str)
    if status not in _SAID:
        raise InputError(f"Ad set {text(row['name'])} is {status.lower()}.")
    return {"id": text(row["id"]), "name": text(row["name"]), "status": status}


def preview(wished: Status, args: AdSetArgs, before: State) -> tuple[Change, ...]:
    """How it stands and how it will."""
    if before["status"] == wished:
        return ()
    return (Change(f"Ad set {before['name']}", _SAID[before["status"]], _SAID[wished]),)


async def find(wished: Status, source: Source, args: AdSetArgs, key: str) -> Saved | None:
    """That it stands as wished, whoever did it."""
    return {"status": wished} if (await before(source, args))["status"] == wished else None


async def _set(source: Source, args: AdSetArgs, status: str, *, only_try: bool = False) -> None:
    form = {"status": status} | ({"execution_options": '["validate_only"]'} if only_try else {})
    call = Call(f"/{source.version}/{args.ad_set}", "POST", form=form, reads=only_try, typed=True)
    if (await source.ask(call)).data.get("success") is not True:
        raise DriftError("the change of an ad set is not said to have succeeded.")


async def switch(wished: Status, source: Source, args: AdSetArgs, before: State, key: str) -> Saved:
    """Set the status."""
    await _set(source, args, wished)
    return {"status": wished}


async def try_out(wished: Status, source: Source, args: AdSetArgs) -> None:
    """Let Meta check the change without making it."""
    await _set(source, args, wished, only_try=True)


async def read_back(source: Source, args: AdSetArgs, saved: Saved) -> State:
    """The ad set now."""
    return await before(source, args)


def in_place(now: State, args: AdSetArgs, saved: Saved) -> bool:
    """Whether it stands as we set it."""
    return bool(now["status"] == saved["status"])


def stale(now: State, before: State, saved: Saved) -> str:
    """Somebody has switched it since."""
    if now["status"] == saved["status"]:
        return ""
    return f"Somebody has switched the ad set {now['name']} since; it is {_SAID[now['status']]}."


async def set_back(source: Source, args: AdSetArgs, before: State, saved: Saved, key: str) -> None:
    """The status it had, which need not be the opposite of ours."""
    await _set(source, args, before["status"])


def _switch(kind: str, title: str, wished: Status) -> Action:
    return Action(
        kind=kind,
        title=title,
        risk="medium",
        args=AdSetArgs,
        before=before,
        preview=partial(preview, wished),
        guard=partial(find, wished),
        do=partial(switch, wished),
        read_back=read_back,
        in_place=in_place,
        stale_if=stale,
        undo=set_back,
        scopes=("ads_read", "ads_management", "business_management"),
        dry_run=partial(try_out, wished),
        natural=True,
    )


PAUSE = _switch("meta.pause_ad_set", "Pause an ad set", "PAUSED")
RESUME = _switch("meta.resume_ad_set", "Let an ad set run again", "ACTIVE")
