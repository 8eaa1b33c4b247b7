"""A house that collects: real stores, the sandbox's vendors, and a clock that stands where theirs does."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import aiohttp
from sqlalchemy import text

from domain.kernel import history
from domain.kernel.breaker import Breaker
from domain.kernel.connector import Connector
from domain.kernel.policy import ConnectorPolicy, Policy
from domain.kernel.ports import Ops
from domain.kernel.source import Source
from domain.kernel.vendor import Client, Patience
from domain.logistics.department import DEPARTMENT as LOGISTICS
from domain.marketing.department import DEPARTMENT as MARKETING
from domain.sales.department import DEPARTMENT as SALES
from models.cache import Cache
from models.db import Database

ROOT = Path(__file__).resolve().parents[1]
NOW = datetime(2026, 11, 20, 11, 30, tzinfo=UTC)
HASTY = Patience(attempts=3, altogether=30.0, first_pause=0.01, answer=20.0, silence=20.0)
_TABLES = (
    "shop_order, order_line, order_refund, inventory_level, inventory_day, fulfilment, ad_day, deal, connector_state, "
    "connector_breaker, history_window, raw_page, metric, metric_revision, key_sku"
)


class Clock:
    """Stands still until it is moved."""

    def __init__(self, at: datetime = NOW) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at

    def move(self, by: timedelta) -> None:
        self.at += by


class Secrets:
    """Credentials in a dictionary."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self.known = dict(known)

    def get(self, name: str) -> str | None:
        return self.known.get(name)


def sandbox_secrets(url: str) -> dict[str, str]:
    """The credentials the sandbox accepts, and where its vendors are."""
    return {
        **{f"{key.upper()}_URL": f"{url}/{key}" for key in ("shopify", "shipbob", "meta", "hubspot")},
        "SHOPIFY_CLIENT_ID": "sandbox-client",
        "SHOPIFY_CLIENT_SECRET": "sandbox-secret-shopify",
        "SHOPIFY_WRITE_CLIENT_ID": "sandbox-writer",
        "SHOPIFY_WRITE_CLIENT_SECRET": "sandbox-secret-shopify-write",
        "SHIPBOB_TOKEN": "sandbox-pat-shipbob",
        "SHIPBOB_WRITE_TOKEN": "sandbox-pat-shipbob-write",
        "META_TOKEN": "sandbox-token-meta",
        "META_WRITE_TOKEN": "sandbox-token-meta-write",
        "META_APP_SECRET": "sandbox-secret-meta",
        "META_ACCOUNT": "act_1000",
        "HUBSPOT_SERVICE_KEY": "sandbox-key-hubspot",
        "HUBSPOT_WRITE_KEY": "sandbox-key-hubspot-write",
    }


def policy(**connectors: ConnectorPolicy) -> Policy:
    """The shipped policy with some connectors' sections replaced."""
    found = Policy.model_validate(tomllib.loads((ROOT / "bot" / "ops.toml").read_text(encoding="utf-8")))
    return found.model_copy(update={"connectors": {**found.connectors, **connectors}})


@dataclass
class Rig:
    """The house under test and the controls of the vendors."""

    ops: Ops
    url: str
    session: aiohttp.ClientSession
    breaker: Breaker

    @property
    def clock(self) -> Clock:
        return cast("Clock", self.ops.clock)

    @property
    def secrets(self) -> Secrets:
        return cast("Secrets", self.ops.secrets)

    async def control(self, verb: str, **body: Any) -> Any:
        async with self.session.post(f"{self.url}/_sandbox/{verb}", json=body) as response:
            return await response.json()

    async def fault(self, vendor: str, kind: str, **detail: Any) -> None:
        await self.control("fault", vendor=vendor, kind=kind, **detail)

    async def calls(self, vendor: str) -> int:
        """How many requests a vendor has seen."""
        async with self.session.get(f"{self.url}/_sandbox/journal") as response:
            found = await response.json()
        return len(found[vendor]["requests"])

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.ops.db.begin() as db:
            return list((await db.execute(text(statement), values)).all())

    async def one(self, statement: str, **values: Any) -> Any:
        return (await self.rows(statement, **values))[0][0]

    def with_policy(self, **connectors: ConnectorPolicy) -> Ops:
        return replace(self.ops, policy=policy(**connectors))

    def with_days(self, days: int) -> Ops:
        """The house as it would be with so many days of history of the shop."""
        return self.with_policy(shopify=ConnectorPolicy(history_days=days))


@asynccontextmanager
async def a_rig(database_url: str, vendor_url: str) -> AsyncIterator[Rig]:
    """A rig on empty tables and well-behaved vendors."""
    database = Database(database_url)
    async with database.begin() as db:
        await db.execute(text(f"truncate {_TABLES}"))
    secrets = Secrets(sandbox_secrets(vendor_url))
    breaker = Breaker(database, threshold=50)
    client = Client(secrets, breaker, HASTY)
    ops = Ops(policy(), Clock(), database, Cache(None), secrets, client, cast("Any", None), DEPARTMENTS, "test")
    async with aiohttp.ClientSession() as session:
        rig = Rig(ops, vendor_url, session, breaker)
        await rig.control("limits", lifted=True)
        try:
            yield rig
        finally:
            await rig.fault("*", "clear")
            await client.close()
            await database.close()


def quiet(_: history.Progress) -> None:
    """Nobody looks at the progress."""


_LOOK_BACK = {"orders": timedelta(minutes=40), "shipments": timedelta(hours=4), "deals": timedelta(days=7)}


def quick(connector: Connector) -> Connector:
    """The connector without waiting for its limits, which the rig has lifted, and looking back less far."""
    streams = [replace(one, look_back=_LOOK_BACK.get(one.key, one.look_back)) for one in connector.streams]
    return replace(connector, rates=(), pace=None, streams=tuple(streams))


DEPARTMENTS = tuple(
    replace(department, connectors=tuple(quick(one) for one in department.connectors))
    for department in (LOGISTICS, MARKETING, SALES)
)
CONNECTORS = tuple(one for department in DEPARTMENTS for one in department.connectors)


def connector(key: str) -> Connector:
    """A connector of any department, quick."""
    return next(one for one in CONNECTORS if one.key == key)


def in_small_windows(key: str) -> Connector:
    """A connector whose history comes in windows of a few hundred rows."""
    found = connector(key)
    small = [replace(one, history=replace(one.history, largest=400)) if one.history else one for one in found.streams]
    return replace(found, streams=tuple(small))


def offline(key: str) -> Source:
    """A source for mapping rows that nobody fetched."""
    nobody = cast("Any", None)
    zone = ZoneInfo("Europe/London")
    return Source(key, nobody, nobody, zone, "GBP", frozenset({"faire"}), NOW)
