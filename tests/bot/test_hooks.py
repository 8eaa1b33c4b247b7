"""A signed webhook is a task once; whatever is wrong with one is answered in a sentence and has no effect."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import gzip
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web as aiohttp_web
from sqlalchemy import text

from bot import hook_signature, hooks, web
from bot.hooks import MOST_BYTES, NOTED_PER_MINUTE, Noted
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from models.db import Database
from tests.collecting import Secrets
from tests.domain.tasks import work

KEY = b"k" * 32
SECRET = "whsec_" + base64.b64encode(KEY).decode()
NOW = int(work.NOW.timestamp())
GOOD = {"objective": "how was net revenue last week?"}


@dataclasses.dataclass
class House:
    ops: Ops
    url: str
    http: aiohttp.ClientSession

    async def post(
        self, body: bytes, headers: Mapping[str, str] | None = None, source: str = "shop"
    ) -> tuple[int, dict[str, Any]]:
        sent = {"Content-Type": "application/json", **(headers or {})}
        async with self.http.post(f"{self.url}/hooks/{source}", data=body, headers=sent) as answer:
            return answer.status, await answer.json()

    async def count(self, table: str) -> int:
        async with self.ops.db.begin() as db:
            return int((await db.execute(text(f"select count(*) from {table}"))).scalar_one())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def house(database_url: str) -> AsyncIterator[House]:
    database = Database(database_url, pool=3, name="hooks")
    secrets = Secrets({f"OPS_HOOK_{name}_SECRET": SECRET for name in ("SHOP", "OTHER", "CALM")})
    ops = dataclasses.replace(work.ops(database), secrets=secrets)
    runner: aiohttp_web.AppRunner = await web.serve(ops, 0)
    async with aiohttp.ClientSession() as http:
        yield House(ops, web.address(runner), http)
    await runner.cleanup()
    await database.close()


@pytest.fixture(autouse=True)
def _roomy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "NOTED_PER_MINUTE", 1_000)
    monkeypatch.setattr(hooks, "TAKEN_PER_MINUTE", 100_000)


def _signed(body: bytes, told: str = "msg_1", at: int = NOW, key: bytes = KEY) -> dict[str, str]:
    mac = hmac.new(key, f"{told}.{at}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(mac).decode()}"
    return {"webhook-id": told, "webhook-timestamp": str(at), "webhook-signature": signature}


def _json(body: Any) -> bytes:
    return json.dumps(body).encode()


async def test_a_signed_webhook_is_a_task_before_it_is_acknowledged_and_twice_is_once(house: House) -> None:
    body = _json(GOOD)
    status, first = await house.post(body, _signed(body))
    assert (status, first["state"], first["new"]) == (200, "queued", True)
    again = await house.post(body, _signed(body))
    assert again == (200, {"task": first["task"], "state": "queued", "new": False})
    async with house.ops.db.begin() as db:
        row = (await db.execute(text("select * from task where id = :id"), {"id": first["task"]})).one()
        told = (await db.execute(text("select cause from trail where subject = :id"), {"id": first["task"]})).all()
    assert (row.source, row.requester, row.origin) == ("hook:shop", "hook:shop", "hook:shop:msg_1")
    assert [one.cause for one in told] == ["hook:shop:msg_1"]


async def test_fifty_at_once_under_one_id_are_one_task(house: House) -> None:
    body, before = _json(GOOD), await house.count("task")
    found = await asyncio.gather(*(house.post(body, _signed(body, "msg_many")) for _ in range(50)))
    assert {status for status, _ in found} == {200}
    assert sum(one["new"] for _, one in found) == 1
    assert await house.count("task") == before + 1


async def test_an_old_secret_may_sign_beside_the_new_one_and_an_envelope_is_opened(house: House) -> None:
    body = _json({"type": "work.asked", "timestamp": "2026-11-20T09:30:00Z", "data": GOOD})
    headers = _signed(body, "msg_rotated")
    headers["webhook-signature"] = f"v1,{base64.b64encode(b'x' * 32).decode()} v2,abc {headers['webhook-signature']}"
    assert (await house.post(body, headers))[0] == 200


async def test_the_same_id_from_another_source_is_another_task(house: House) -> None:
    body = _json(GOOD)
    found = [(await house.post(body, _signed(body, "msg_both"), source))[1]["task"] for source in ("shop", "other")]
    assert found[0] != found[1]


def _without(name: str) -> Callable[[bytes], dict[str, str]]:
    return lambda body: {key: value for key, value in _signed(body, "bad").items() if key != name}


def _with(**changes: str) -> Callable[[bytes], dict[str, str]]:
    return lambda body: _signed(body, "bad") | {name.replace("_", "-"): value for name, value in changes.items()}


def _at(at: int) -> Callable[[bytes], dict[str, str]]:
    return lambda body: _signed(body, "bad", at)


def _fine(body: bytes) -> dict[str, str]:
    return _signed(body, "bad")


_PLAIN = _json(GOOD)
_DEEP = b'{"objective":' + b"[" * 30_000 + b"]" * 30_000 + b"}"
BAD: list[tuple[int, bytes, Callable[[bytes], dict[str, str]]]] = [
    *((401, _PLAIN, _without(name)) for name in ("webhook-id", "webhook-timestamp", "webhook-signature")),
    *((401, _PLAIN, _with(webhook_id=one)) for one in ("", "a b", "x" * 200, "msg/../1", "é", "'; drop table task;--")),
    *((401, _PLAIN, _with(webhook_timestamp=one)) for one in ("", "now", "-5", "1e9", "9" * 30, "²", str(NOW - 1))),
    *((401, _PLAIN, _at(NOW + gap)) for gap in (-301, 301, -86_400, 86_400)),
    *(
        (401, _PLAIN, _with(webhook_signature=one))
        for one in ("", "v1", "v1,", "v1,!!!", "v1," + "A" * 44, "v2," + "A" * 44, "sha256=abc", "v1,é", "v1, " * 50)
    ),
    (401, _PLAIN, lambda body: _signed(body, "bad", key=b"y" * 32)),
    (401, _PLAIN, lambda _: _signed(b"{}", "bad")),
    *(
        (400, body, _fine)
        for body in (
            b"", b"{", b"null", b"[]", b'"text"', b"1", b"\xff\xfe{}", b'{"objective": NaN}', _DEEP, b"{}",
            b'{"objective": ""}', b'{"objective": "\\u0000"}', b'{"objective": {"a": 1}}',
            b'{"objective": "x", "user": "U1"}', b'{"objective": "x", "inputs": [1]}',
            b'{"objective": "x", "inputs": {"__class__": "y"}}',
            b'{"objective": "x", "acceptance": ["eval:1"]}', b'{"objective": "x", "category": "nobody"}',
            _json({"objective": "<!channel> " * 400}), b'{"objective": "x", "inputs": {"\\ud800": "y"}}',
            b'{"objective": "x", "\\ud800": "y"}',
            _json({"objective": "hold order 536365", "inputs": dict.fromkeys("abcdefghijklmnopqrst", "x")}),
        )
    ),
    (413, _json({"objective": "x" * MOST_BYTES}), _fine),
    *(
        (415, _PLAIN, _with(Content_Type=one))
        for one in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                    "application/json; charset=utf-16", "application/jsonp", "text/json")
    ),
]  # fmt: skip


@pytest.mark.parametrize(("status", "body", "headers"), BAD, ids=range(len(BAD)))
async def test_what_is_wrong_is_answered_written_down_and_without_effect(
    house: House, status: int, body: bytes, headers: Callable[[bytes], dict[str, str]]
) -> None:
    before, noted = await house.count("task"), await house.count("trail")
    found, said = await house.post(body, headers(body))
    assert found == status, said
    assert said["error"].endswith(".")
    assert len(said["error"]) < 400
    assert await house.count("task") == before
    assert await house.count("trail") == noted + 1


def test_there_are_fifty_ways_to_be_wrong() -> None:
    assert len(BAD) >= 50


async def test_without_a_secret_nobody_listens(house: House) -> None:
    for source in ("nobody", "SHOP", "shop-1", "x" * 100):
        assert (await house.post(_PLAIN, _signed(_PLAIN), source))[0] == 404


async def test_what_has_no_length_is_read_no_further_than_it_may_be_long(house: House) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield b"x" * 4096

    headers = {"Content-Type": "application/json"}
    async with house.http.post(f"{house.url}/hooks/shop", data=endless(), headers=headers) as answer:
        assert answer.status == 413


async def test_what_is_signed_are_the_bytes_that_came_and_nothing_is_unpacked(house: House) -> None:
    packed = {"Content-Encoding": "gzip"}
    assert (await house.post(gzip.compress(_PLAIN), _signed(_PLAIN, "packed") | packed))[0] == 401
    bomb = gzip.compress(b" " * 10 * MOST_BYTES + _PLAIN)
    assert (await house.post(bomb, _signed(bomb, "packed") | packed))[0] == 400


def test_a_flood_leaves_a_few_rows_a_minute_and_the_next_says_how_many_more_there_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(hooks, "NOTED_PER_MINUTE", NOTED_PER_MINUTE)
    noted = Noted()
    found = [noted.room("hook:shop", 60.0 + number / 1_000) for number in range(10_000)]
    assert [one for one in found if one is not None] == [0] * NOTED_PER_MINUTE
    assert noted.room("hook:other", 61.0) == 0
    assert noted.room("hook:shop", 121.0) == 10_000 - NOTED_PER_MINUTE


@pytest.mark.parametrize(
    "environment",
    [
        {"OPS_HOOK_SHOP_SECRET": "secret"},
        {"OPS_HOOK_SHOP_SECRET": "whsec_!!"},
        {"OPS_HOOK_SHOP_SECRET": "whsec_YWJj"},
        {"OPS_HOOK_A_B_SECRET": SECRET},
        {"OPS_HOOK_SHOP_SECRET": SECRET, "OPS_HOOK_OTHER_SECRET": SECRET},
    ],
)
def test_a_secret_that_cannot_be_one_ends_the_house_before_it_begins(environment: dict[str, str]) -> None:
    with pytest.raises(RefusedError, match="OPS_HOOK_"):
        hook_signature.refuse_wrong(environment)
    hook_signature.refuse_wrong({"OPS_HOOK_SHOP_SECRET": SECRET, "OPS_HOOK_OFF_SECRET": ""})


async def test_a_flood_of_one_source_waits_and_stops_no_other(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "TAKEN_PER_MINUTE", 0)
    before, body = await house.count("task"), json.dumps(GOOD).encode()
    status, said = await house.post(body, _signed(body, "flood"))
    assert (status, said["error"]) == (429, "I take 0 a minute; send it again in the next one.")
    assert await house.count("task") == before
    monkeypatch.setattr(hooks, "TAKEN_PER_MINUTE", 1)
    assert (await house.post(body, _signed(body, "flood"), source="calm"))[0] == 200
