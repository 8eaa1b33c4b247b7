"""Every action of every department keeps the same promises at the vendors' doors; a new one is tested by a case."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from itertools import count
from typing import Any

import pytest
import pytest_asyncio

from domain.kernel import action as actions
from domain.kernel.action import Action, Saved
from domain.kernel.connector import Connector
from domain.kernel.connector import source as reading
from domain.kernel.errors import InputError, TransientError
from domain.kernel.source import Source
from domain.kernel.vendor import Call
from domain.kernel.vendor_errors import CredentialError, DriftError, PermissionMissingError
from domain.logistics.shopify_graphql import ask
from tests.collecting import CONNECTORS, DEPARTMENTS, Rig

AD_SET = "120210000000411"
DUE = "2026-11-25"
_OPEN = '{ fulfillmentOrders(first: 5, query: "status:OPEN") { nodes { id orderName } } }'
_HOLD = """mutation Hold($id: ID!, $hold: FulfillmentOrderHoldInput!) {
  fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) { fulfillmentHold { id } } }"""
_RELEASE = """mutation Release($id: ID!, $holds: [ID!]) {
  fulfillmentOrderReleaseHold(id: $id, holdIds: $holds) { userErrors { message } } }"""
_KEYS = count(1)


async def _waiting(door: Source) -> dict[str, str]:
    nodes = (await door.ask(ask(_OPEN))).data["data"]["fulfillmentOrders"]["nodes"]
    return dict(nodes[0])


async def _held(door: Source, part: str, **hold: str) -> str:
    answer = await door.ask(ask(_HOLD, id=part, hold={"reason": "INCORRECT_ADDRESS", "reasonNotes": "flat?", **hold}))
    return str(answer.data["data"]["fulfillmentOrderHold"]["fulfillmentHold"]["id"])


async def _switched(door: Source, status: str) -> None:
    await door.ask(Call(f"/{door.version}/{AD_SET}", "POST", form={"status": status}))


async def hold_args(rig: Rig, door: Source) -> dict[str, Any]:
    return {"order": (await _waiting(door))["orderName"], "reason": "INCORRECT_ADDRESS", "note": "Ask for the street"}


async def release_args(rig: Rig, door: Source) -> dict[str, Any]:
    waiting = await _waiting(door)
    return {"order": waiting["orderName"], "hold": await _held(door, waiting["id"])}


async def pause_args(rig: Rig, door: Source) -> dict[str, Any]:
    return {"ad_set": AD_SET}


async def resume_args(rig: Rig, door: Source) -> dict[str, Any]:
    await _switched(door, "PAUSED")
    return {"ad_set": AD_SET}


async def task_args(rig: Rig, door: Source) -> dict[str, Any]:
    page = await door.ask(Call(f"/crm/objects/{door.version}/deals", query=(("limit", "1"),)))
    return {"deal": page.data["results"][0]["id"], "subject": "Call back", "due": DUE, "note": "<b> & co"}


async def goods_args(rig: Rig, door: Source) -> dict[str, Any]:
    page = await door.ask(Call(f"/{door.version}/inventory-level", query=(("PageSize", "1"),)))
    return {"sku": page.data["items"][0]["sku"], "quantity": 48, "arrives": DUE}


async def let_go(rig: Rig, door: Source, saved: Saved, key: str) -> None:
    for part, one in saved["holds"].items():
        await door.ask(ask(_RELEASE, id=part, holds=[one]))


async def hold_again(rig: Rig, door: Source, saved: Saved, key: str) -> None:
    await _held(door, (await _waiting(door))["id"], handle=key)


async def run_again(rig: Rig, door: Source, saved: Saved, key: str) -> None:
    await _switched(door, "ACTIVE")


async def pause_again(rig: Rig, door: Source, saved: Saved, key: str) -> None:
    await _switched(door, "PAUSED")


async def complete(rig: Rig, door: Source, saved: Saved, key: str) -> None:
    done = {"properties": {"hs_task_status": "COMPLETED"}}
    await door.ask(Call(f"/crm/objects/{door.version}/tasks/{saved['task']}", "PATCH", json=done))


async def arrive(rig: Rig, door: Source, saved: Saved, key: str) -> None:
    assert await rig.control("arrive", id=saved["order"]) == {"arrived": True}


@dataclass(frozen=True)
class Case:
    """How one kind is tried: its arguments, those of an object that is not there, and a change by somebody else."""

    kind: str
    args: Callable[[Rig, Source], Awaitable[dict[str, Any]]]
    unknown: Mapping[str, Any]
    meddle: Callable[[Rig, Source, Saved, str], Awaitable[None]]
    stale: str
    key: str = ""
    """Under what the vendor keeps the effect when it is not our key."""


CASES = (
    Case("shopify.hold_fulfilment", hold_args, {"order": "#1"}, let_go, "released the hold"),
    Case("shopify.release_hold", release_args, {"hold": "1"}, hold_again, "has that hold again"),
    Case("shipbob.create_receiving_order", goods_args, {"sku": "NOTHING"}, arrive, "arrived"),
    Case("meta.pause_ad_set", pause_args, {"ad_set": "99999"}, run_again, "it is running", f"{AD_SET}:PAUSED"),
    Case("meta.resume_ad_set", resume_args, {"ad_set": "99999"}, pause_again, "it is paused", f"{AD_SET}:ACTIVE"),
    Case(
        "hubspot.create_follow_up_task", task_args, {"deal": "99999"}, complete, "at the task already: it is completed"
    ),
)
ACTIONS = [(connector, one) for connector in CONNECTORS for one in connector.actions]


@dataclass(frozen=True)
class Trial:
    """One action at its vendor: the door that may write, its arguments, a key nobody used."""

    rig: Rig
    case: Case
    connector: Connector
    action: Action
    door: Source
    raw: dict[str, Any]
    key: str

    @property
    def args(self) -> Any:
        return self.action.told(self.raw)

    async def effects(self) -> int:
        """How many changes the vendor keeps under our key, or under what it knows them by."""
        async with self.rig.session.get(f"{self.rig.url}/_sandbox/journal") as response:
            found = (await response.json())[self.connector.key]["effects"]
        return len(found.get(self.case.key or self.key, []))


@pytest_asyncio.fixture(params=CASES, ids=lambda case: case.kind)
async def trial(rig: Rig, request: pytest.FixtureRequest) -> AsyncIterator[Trial]:
    case: Case = request.param
    _, connector, action = actions.found(DEPARTMENTS, case.kind)
    door = actions.source_for_writing(rig.ops, connector)
    raw = await case.args(rig, door)
    yield Trial(rig, case, connector, action, door, raw, f"opsbrain:A-TRIAL{next(_KEYS):05}")
    await rig.fault("*", "clear")
    if connector.key == "meta":
        await _switched(door, "ACTIVE")
    if connector.key == "shopify":
        part = (await door.ask(ask(f'{{ orders(first: 1, query: "name:{raw["order"]}") {{ nodes {{ '
                                   "fulfillmentOrders(first: 1) { nodes { id } } } } }"))).data  # fmt: skip
        node = part["data"]["orders"]["nodes"][0]["fulfillmentOrders"]["nodes"][0]
        await door.ask(ask(_RELEASE, id=node["id"], holds=None))


def test_every_action_has_a_case() -> None:
    assert sorted(case.kind for case in CASES) == sorted(one.kind for _, one in ACTIONS)


@pytest.mark.parametrize(("connector", "action"), ACTIONS, ids=[one.kind for _, one in ACTIONS])
def test_an_action_declares_what_a_person_must_know(rig: Rig, connector: Connector, action: Action) -> None:
    assert action.kind.startswith(f"{connector.key}.")
    assert connector.writing is not None
    assert action.title
    assert action.scopes
    assert actions.refusal(rig.ops.policy, action) == ""
    assert all(field.title and field.description for field in action.args.model_fields.values())


async def test_it_is_done_once_seen_and_undone(trial: Trial) -> None:
    action, door, args = trial.action, trial.door, trial.args
    assert action.undo is not None
    before, kept = await action.before(door, args), await trial.effects()
    (change,) = action.preview(args, before)
    assert change.label
    assert change.was != change.becomes
    assert await action.guard(door, args, trial.key) is None
    if action.dry_run:
        await action.dry_run(door, args)
    assert await trial.effects() == kept
    saved = await action.do(door, args, before, trial.key)
    found = await action.guard(door, args, trial.key)
    assert found == saved
    now = await action.read_back(door, args, saved)
    assert action.in_place(now, args, saved)
    assert action.stale_if(now, before, saved) == ""
    if action.natural:
        assert await action.do(door, args, before, trial.key) == saved
    await action.undo(door, args, before, saved, trial.key)
    now = await action.read_back(door, args, saved)
    assert not action.in_place(now, args, saved)
    assert now == before


@pytest.mark.parametrize("detail", [{}, {"status": 503}], ids=["cut", "503"])
async def test_a_lost_answer_is_looked_up_and_the_effect_is_there_once(trial: Trial, detail: dict[str, int]) -> None:
    action, door, args = trial.action, trial.door, trial.args
    before, kept = await action.before(door, args), await trial.effects()
    await trial.rig.fault(trial.connector.key, "cut-after-accept", n=1, **detail)
    with pytest.raises(TransientError) as caught:
        await action.do(door, args, before, trial.key)
    assert not actions.surely_absent(caught.value)
    found = await action.guard(door, args, trial.key)
    assert found is not None
    assert await trial.effects() == kept + 1
    assert action.in_place(await action.read_back(door, args, found), args, found)
    assert action.undo is not None
    await action.undo(door, args, before, found, trial.key)
    assert await action.read_back(door, args, found) == before


async def test_an_undo_is_refused_when_somebody_changed_it_since(trial: Trial) -> None:
    action, door, args = trial.action, trial.door, trial.args
    before = await action.before(door, args)
    saved = await action.do(door, args, before, trial.key)
    await trial.case.meddle(trial.rig, door, saved, trial.key)
    now = await action.read_back(door, args, saved)
    assert trial.case.stale in action.stale_if(now, before, saved)


async def test_an_unknown_object_is_wrong_input(trial: Trial) -> None:
    args = trial.action.told({**trial.raw, **trial.case.unknown})
    for _ in range(6):
        with pytest.raises(InputError):
            await trial.action.before(trial.door, args)
    await trial.action.before(trial.door, trial.args)  # the vendor is not blamed for it


async def test_a_renamed_field_is_drift(trial: Trial) -> None:
    await trial.rig.fault(trial.connector.key, "rename", field="id")
    with pytest.raises(DriftError):
        await trial.action.before(trial.door, trial.args)


async def test_a_credential_for_reading_shows_but_does_not_change(trial: Trial) -> None:
    door, kept = reading(trial.rig.ops, trial.connector), await trial.effects()
    before = await trial.action.before(door, trial.args)
    with pytest.raises(PermissionMissingError) as caught:
        await trial.action.do(door, trial.args, before, trial.key)
    assert actions.surely_absent(caught.value)
    assert await trial.effects() == kept


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.key)
async def test_what_is_missing_to_write_is_named(rig: Rig, connector: Connector) -> None:
    assert actions.writable(rig.ops, connector) == ()
    for name in [name for name in rig.secrets.known if "_WRITE_" in name]:
        del rig.secrets.known[name]
    missing = actions.writable(rig.ops, connector)
    assert missing
    assert all(name.startswith(f"{connector.key.upper()}_WRITE_") for name in missing)
    assert set(missing) <= {one.name for one in connector.credentials}
    with pytest.raises(CredentialError, match=r"_WRITE_\w+ is not set"):
        await actions.source_for_writing(rig.ops, connector).ask(connector.health)
    with pytest.raises(CredentialError, match="only read here"):
        actions.source_for_writing(rig.ops, replace(connector, writing=None))
