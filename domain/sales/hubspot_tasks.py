"""HubSpot: a task for the owner of a deal, and its deletion while nobody has touched it.

HubSpot knows no idempotency key; the task's text ends with ours and is searched for it. A search shows a new task only
after some seconds, so that a lost answer must not be looked up at once.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, date, datetime, time, timedelta
from html import escape
from typing import Any

from pydantic import Field

from domain.kernel.action import Action, Args, Change, Saved, State
from domain.kernel.drift import taken
from domain.kernel.errors import InputError
from domain.kernel.facts import moment, text
from domain.kernel.numbers import short_date
from domain.kernel.source import Source
from domain.kernel.vendor import Call

_OF_DEAL = 216  # HubSpot's own number of the link from a task to a deal
_SHOWN = ("hs_task_subject", "hs_task_body", "hs_task_status", "hs_timestamp")
_HOUR = time(9)


class TaskArgs(Args):
    """What is to be done about which deal, and by when."""

    deal: str = Field(
        title="Deal", description="Which deal, by its number or exact name?", min_length=1, max_length=200
    )
    subject: str = Field(title="Task", description="What is to be done?", min_length=1, max_length=200)
    due: date = Field(title="Due", description="By which day?")
    note: str = Field("", title="Note", description="What should its owner know?", max_length=2000)


def _objects(source: Source, kind: str, rest: str = "") -> str:
    return f"/crm/objects/{source.version}/{kind}{rest}"


async def _search(source: Source, kind: str, groups: list[tuple[str, str, str]], shown: tuple[str, ...]) -> list[Any]:
    """Objects for which any of the conditions (property, operator, value) holds."""
    filters = [[{"propertyName": name, "operator": how, "value": value}] for name, how, value in groups]
    body = {
        "filterGroups": [{"filters": one} for one in filters],
        "properties": list(shown),
        "sorts": [],
        "limit": 20,
        "after": "0",
    }
    answer = await source.ask(Call(_objects(source, kind, "/search"), "POST", json=body, typed=True))
    return taken(answer.data, "results", list)


async def before(source: Source, args: TaskArgs) -> State:
    """The deal, its name and owner, and no task yet; InputError when no deal or several are meant."""
    if args.due < source.today:
        raise InputError(f"{short_date(args.due, year=True)} has gone by already.")
    return {**await _deal(source, args.deal), "task": None}


async def _deal(source: Source, named: str) -> dict[str, str]:
    number = named.lstrip("#")
    groups = [("dealname", "EQ", named), *([("hs_object_id", "EQ", number)] if number.isdigit() else [])]
    found = await _search(source, "deals", groups, ("dealname", "hubspot_owner_id"))
    found = [one for one in found if one["id"] == number] or found
    if len(found) != 1:
        raise InputError(f"{'Several deals are' if found else 'No deal is'} called {named}; name it by its number.")
    facts = found[0]["properties"]
    return {"deal": text(found[0]["id"]), "name": facts["dealname"] or "", "owner": facts["hubspot_owner_id"] or ""}


def preview(args: TaskArgs, before: State) -> tuple[Change, ...]:
    """The task that will be there."""
    becomes = f"“{args.subject}” by {short_date(args.due, year=True)}"
    return (Change(f"Task for the owner of {before['name']}", "none", becomes),)


async def find(source: Source, args: TaskArgs, key: str) -> Saved | None:
    """The task whose text holds our key."""
    word = key.rpartition("-")[2]  # one word of the key: a search cuts it at its marks
    rows = await _search(source, "tasks", [("hs_task_body", "CONTAINS_TOKEN", word)], _SHOWN)
    found = next((one for one in rows if key in (one["properties"]["hs_task_body"] or "")), None)
    if found is None:
        return None
    deal = {"deal": "", "name": "", "owner": ""}
    with suppress(InputError):  # a deal may be deleted or renamed after its task was made
        deal = await _deal(source, args.deal)
    return {**deal, "task": text(found["id"]), **_wanted(source, args)}


def _wanted(source: Source, args: TaskArgs) -> dict[str, str]:
    due = datetime.combine(args.due, _HOUR, source.zone).astimezone(UTC)
    return {"subject": args.subject, "due": due.strftime("%Y-%m-%dT%H:%M:%SZ")}


async def create(source: Source, args: TaskArgs, before: State, key: str) -> Saved:
    """Make the task, linked to the deal and given to its owner."""
    wanted = _wanted(source, args)
    note = f"{escape(args.note)}<br><br>" if args.note else ""
    properties = {"hs_task_subject": args.subject, "hs_task_body": f"{note}{key}", "hs_timestamp": wanted["due"]}
    properties |= {"hs_task_status": "NOT_STARTED", "hs_task_type": "TODO", "hs_task_priority": "MEDIUM"}
    if before["owner"]:
        properties["hubspot_owner_id"] = before["owner"]
    kind = {"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": _OF_DEAL}
    body = {"properties": properties, "associations": [{"to": {"id": before["deal"]}, "types": [kind]}]}
    answer = await source.ask(Call(_objects(source, "tasks"), "POST", json=body, reads=False, typed=True))
    deal = {name: before[name] for name in ("deal", "name", "owner")}
    return {**deal, "task": taken(answer.data, "id", str), **wanted}


async def read_back(source: Source, args: TaskArgs, saved: Saved) -> State:
    """The deal and the task now; no task when it was deleted."""
    call = Call(_objects(source, "tasks", f"/{saved['task']}"), query=(("properties", ",".join(_SHOWN)),), typed=True)
    deal = {name: saved[name] for name in ("deal", "name", "owner")}
    try:
        facts = (await source.ask(call)).data["properties"]
    except InputError:
        return {**deal, "task": None}
    due = moment(facts["hs_timestamp"]).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {**deal, "task": {"subject": facts["hs_task_subject"], "due": due, "status": facts["hs_task_status"]}}


def in_place(now: State, args: TaskArgs, saved: Saved) -> bool:
    """Whether the task is there."""
    return now["task"] is not None


def stale(now: State, before: State, saved: Saved) -> str:
    """Somebody has deleted, begun, completed or changed it."""
    task = now["task"]
    if task is None:
        return "Somebody has deleted the task."
    if task["status"] != "NOT_STARTED":
        return f"Somebody is at the task already: it is {task['status'].replace('_', ' ').lower()}."
    changed = (task["subject"], task["due"]) != (saved["subject"], saved["due"])
    return "Somebody has changed the task." if changed else ""


async def delete(source: Source, args: TaskArgs, before: State, saved: Saved, key: str) -> None:
    """Delete the task; HubSpot keeps it in its bin."""
    await source.ask(Call(_objects(source, "tasks", f"/{saved['task']}"), "DELETE", reads=False, typed=True))


FOLLOW_UP = Action(
    kind="hubspot.create_follow_up_task",
    title="Give the owner of a deal a task",
    risk="low",
    args=TaskArgs,
    before=before,
    preview=preview,
    guard=find,
    do=create,
    read_back=read_back,
    in_place=in_place,
    stale_if=stale,
    undo=delete,
    scopes=("crm.objects.deals.read", "crm.objects.contacts.read", "crm.objects.contacts.write"),
    settles=timedelta(seconds=10),
)
