"""Deals, contacts and tasks as HubSpot keeps them: an id and properties that are all strings."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.company.company import CURRENCY, Company
from sandbox.company.effects import Effect
from sandbox.company.pipeline import OPEN_STAGES, WON, Deal, Lead
from sandbox.company.timeline import DAY

VENDOR = "hubspot"
TYPES = ("deals", "contacts", "tasks")
_TASK = 88_000_000_001
_MARK = re.compile(r"opsbrain:[\w.:-]+")
_PROBABILITY = dict(zip(OPEN_STAGES, ("0.2", "0.4", "0.6", "0.8", "0.9"), strict=True))


@dataclass(frozen=True)
class Record:
    """One object; properties without a value are left out."""

    id: str
    properties: dict[str, str]
    created: str
    updated: str
    archived: bool = False

    def render(self, wanted: list[str] | None) -> dict[str, Any]:
        """As it is sent: the properties asked for, and the three that always come."""
        always = ("createdate", "hs_lastmodifieddate", "hs_object_id")
        names = dict.fromkeys((*always, *(wanted or ())))
        properties = {name: self.properties.get(name) for name in names}
        facts = {"id": self.id, "properties": properties, "createdAt": self.created, "updatedAt": self.updated}
        return {**facts, "archived": self.archived}


@dataclass
class Objects:
    """Every object there is now; rebuilt when a minute has passed or something was changed."""

    company: Company
    tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    _built: dict[str, tuple[tuple[int, int], list[Record]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Put back the tasks that earlier runs left."""
        for effect in self.company.effects.of(VENDOR):
            self._apply(effect)

    def _apply(self, effect: Effect) -> None:
        if effect.name == "create_task":
            self.tasks[effect.data["id"]] = {**effect.data, "minute": effect.minute, "changed": effect.minute}
        elif effect.name == "update_task":
            task = self.tasks[effect.data["id"]]
            task |= {"properties": task["properties"] | effect.data["properties"], "changed": effect.minute}
        else:
            self.tasks.pop(effect.data["id"], None)

    def all(self, kind: str) -> list[Record]:
        """Every object of a kind, oldest first."""
        key = (self.company.now, len(self.company.effects.all))
        built = self._built.get(kind)
        if built is None or built[0] != key:
            makers: dict[str, Callable[[int], list[Record]]] = {
                "deals": self._deals,
                "contacts": self._contacts,
                "tasks": self._tasks,
            }
            built = self._built[kind] = (key, makers[kind](key[0]))
        return built[1]

    def archived(self, kind: str) -> list[Record]:
        """Every deal that was deleted; one that was merged into another is nowhere."""
        merged = {one.data["id"] for one in self._thrown if one.data.get("into")}
        gone = {one.data["id"] for one in self._thrown} - merged if kind == "deals" else set()
        deals = self.company.pipeline.deals if gone else []
        return [replace(self._deal(one, self.company.now), archived=True) for one in deals if str(one.number) in gone]

    @property
    def _thrown(self) -> list[Effect]:
        return [effect for effect in self.company.effects.of(VENDOR) if effect.name == "archive_deal"]

    def find(self, kind: str, number: str) -> Record | None:
        """One object by its id."""
        return next((one for one in self.all(kind) if one.id == number), None)

    def _time(self, minute: int | None) -> str | None:
        if minute is None:
            return None
        return (self.company.time.iso(minute)).removesuffix("Z") + ".000Z"

    def _record(self, number: int | str, created: int, updated: int, properties: dict[str, str | None]) -> Record:
        first, last = str(self._time(created)), str(self._time(updated))
        always = {"createdate": first, "hs_createdate": first, "hs_lastmodifieddate": last, "hs_object_id": str(number)}
        present = {name: value for name, value in properties.items() if value is not None}
        return Record(str(number), {**always, **present}, first, last)

    def _deals(self, now: int) -> list[Record]:
        gone = {one.data["id"] for one in self._thrown}
        deals = (one for one in self.company.pipeline.deals if one.created <= now and str(one.number) not in gone)
        return [self._deal(deal, now) for deal in deals]

    def _deal(self, deal: Deal, now: int) -> Record:
        stage, closed = deal.stage(now), deal.closed(now)
        amount = deal.amount if closed and stage == WON else deal.estimate
        expected = deal.stages[-1][0] if closed else max(deal.stages[-1][0], now + DAY) // DAY * DAY
        contacted = self._time(deal.contacted(now))
        name = f"Account {deal.customer}" if deal.customer else "Account without number"
        properties: dict[str, str | None] = {
            "dealname": f"{name} - {deal.number % 1_000_000}",
            "amount": f"{amount / 1000:.2f}".rstrip("0").rstrip("."),
            "amount_in_home_currency": f"{amount / 1000:.2f}".rstrip("0").rstrip("."),
            "deal_currency_code": CURRENCY,
            "dealstage": stage,
            "pipeline": "default",
            "dealtype": "existingbusiness",
            "closedate": self._time(expected),
            "hs_is_closed": str(closed).lower(),
            "hs_is_closed_won": str(stage == WON).lower(),
            "hs_is_closed_lost": str(closed and stage != WON).lower(),
            "hs_deal_stage_probability": _PROBABILITY.get(stage, "1" if stage == WON else "0"),
            "hubspot_owner_id": str(deal.owner),
            "notes_last_contacted": contacted,
            "notes_last_updated": contacted,
            "hs_last_sales_activity_timestamp": contacted,
            "num_contacted_notes": str(sum(minute <= now for minute in deal.contacts)),
        }
        merged = [one for one in self._thrown if one.data.get("into") == str(deal.number)]
        properties["hs_merged_object_ids"] = ";".join(one.data["id"] for one in merged) or None
        changed = max([deal.changed(now), *(one.minute for one in merged)])
        return self._record(deal.number, deal.created, changed, properties)

    def _contacts(self, now: int) -> list[Record]:
        return [self._contact(lead, now) for lead in self.company.pipeline.leads if lead.created <= now]

    def _contact(self, lead: Lead, now: int) -> Record:
        bought = lead.bought is not None and lead.bought <= now
        contacted = lead.contacted(now)
        answered = contacted is not None and contacted > lead.created
        properties: dict[str, str | None] = {
            "email": f"buyer{lead.number % 100_000_000}@sandbox.invalid",
            "company": f"Account {lead.customer}" if bought else f"Enquiry {lead.number % 1_000_000}",
            "lifecyclestage": "customer" if bought else "lead",
            "hs_lead_status": "CONNECTED" if bought else "IN_PROGRESS" if answered else "NEW",
            "hubspot_owner_id": str(lead.owner),
            "notes_last_contacted": self._time(contacted),
            "hs_last_sales_activity_timestamp": self._time(contacted),
            "lastmodifieddate": self._time(lead.changed(now)),
        }
        return self._record(lead.number, lead.created, lead.changed(now), properties)

    def _tasks(self, _: int) -> list[Record]:
        return [self._task(one) for one in self.tasks.values()]

    def _task(self, one: dict[str, Any]) -> Record:
        return self._record(one["id"], one["minute"], one["changed"], one["properties"])

    def create_task(self, body: dict[str, Any]) -> Record:
        """Write a task down; HubSpot knows no idempotency key, so asking twice makes two."""
        made = sum(effect.name == "create_task" for effect in self.company.effects.of(VENDOR))
        number = str(_TASK + made)
        properties = {name: str(value) for name, value in body["properties"].items()}
        data = {"id": number, "properties": properties, "associations": body.get("associations", [])}
        self._write("create_task", _mark(properties) or number, data)
        return self._task(self.tasks[number])

    def update_task(self, number: str, properties: dict[str, Any]) -> Record:
        """Change some properties of a task that is there."""
        changed = {name: str(value) for name, value in properties.items()}
        mark = _mark(self.tasks[number]["properties"]) or number
        self._write("update_task", mark, {"id": number, "properties": changed})
        return self._task(self.tasks[number])

    def delete_task(self, number: str) -> None:
        """Archive a task; one that is not there stays not there."""
        if task := self.tasks.get(number):
            self._write("delete_task", _mark(task["properties"]) or number, {"id": number})

    def _write(self, name: str, key: str, data: dict[str, Any]) -> None:
        self._apply(self.company.effects.add(Effect(VENDOR, name, key, self.company.now, data)))


def _mark(properties: dict[str, str]) -> str:
    """What the caller named a task by, in its body; empty without."""
    found = _MARK.search(properties.get("hs_task_body", ""))
    return found[0] if found else ""
