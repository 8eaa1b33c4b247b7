"""A bare reader of the shop's exports: each fetched and every line parsed, nothing mapped, checked or stored."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import aiohttp

from domain.kernel.source import Source
from domain.logistics import shopify_graphql, shopify_past
from models.window import Window

_POLL_S = 0.1
_DAY = timedelta(days=1)
_HEADERS = {"X-Shopify-Access-Token": "shpat_sandbox", "Accept-Encoding": "gzip"}


async def orders_per_s(source: Source, windows: Sequence[Window]) -> float:
    """Orders a second over these windows, one after the other."""
    orders, began = 0, time.perf_counter()
    async with aiohttp.ClientSession(headers=_HEADERS) as session:
        api = f"{source.door.base}/admin/api/{shopify_graphql.VERSION}/graphql.json"
        for one in windows:
            orders += await _orders(session, api, _export(source, one))
    return orders / (time.perf_counter() - began)


async def _orders(session: aiohttp.ClientSession, api: str, query: str) -> int:
    started = await _ask(session, api, shopify_past.START_EXPORT, query=query)
    ident = started["bulkOperationRunQuery"]["bulkOperation"]["id"]
    while True:
        state = (await _ask(session, api, shopify_past.EXPORTED, id=ident))["bulkOperation"]
        if state["status"] == "COMPLETED":
            break
        await asyncio.sleep(_POLL_S)
    async with session.get(state["url"]) as answer:
        lines = (await answer.read()).splitlines()
    return sum("__parentId" not in json.loads(line) for line in lines)


def _export(source: Source, window: Window) -> str:
    days = (window.first, window.last + _DAY)
    first, behind = (datetime(day.year, day.month, day.day, tzinfo=source.zone) for day in days)
    query = f"processed_at:>='{shopify_graphql.utc(first)}' AND processed_at:<'{shopify_graphql.utc(behind)}'"
    return shopify_past.EXPORT % query


async def _ask(session: aiohttp.ClientSession, api: str, document: str, **variables: Any) -> Any:
    async with session.post(api, json={"query": document, "variables": variables}) as answer:
        return (await answer.json())["data"]
