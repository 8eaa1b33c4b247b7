"""The HTTP door: what is tried again, what is bounded, what is refused, and what no text ever holds."""

from __future__ import annotations

import asyncio
import gzip
import resource
import time
from dataclasses import replace
from typing import Any

import psutil
import pytest
from aiohttp import web
from sqlalchemy import text

from domain.kernel.breaker import Breaker
from domain.kernel.errors import InputError, LogicError, OpsError, SystemicError, TransientError
from domain.kernel.vendor import Call, Client, Rate
from domain.kernel.vendor_auth import Proved, TokenGrant
from domain.kernel.vendor_errors import (
    BreakerOpenError,
    CredentialError,
    CutOffError,
    EmptyError,
    MovedError,
    NotJsonError,
    SlowError,
    ThrottledError,
    TooBigError,
    UnreachableError,
)
from models.db import Database
from tests.collecting import Secrets
from tests.domain.kernel.small_vendor import PATIENCE, TOKEN, SmallVendor, says

READ = Call("/things")


async def test_a_read_is_tried_again_until_it_works(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(500), says(503), says(200, {"rows": [1]})]
    answer = await client.ask(vendor.door(), READ)
    assert answer.data == {"rows": [1]}
    assert len(vendor.seen) == 3


async def test_a_write_is_sent_once(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(500)]
    with pytest.raises(TransientError):
        await client.ask(vendor.door(), Call("/things", "POST", json={"a": 1}, reads=False))
    assert len(vendor.seen) == 1


async def test_nothing_to_say_is_a_success(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [web.Response(status=204)]
    assert (await client.ask(vendor.door(), Call("/things/1", "DELETE", reads=False))).data is None


@pytest.mark.parametrize("status", [400, 404, 422])
async def test_a_refusal_of_what_a_person_typed_is_no_failure_of_the_vendor(
    vendor: SmallVendor, client: Client, status: int
) -> None:
    for _ in range(6):
        vendor.answers = [says(status, {"message": "no such thing"})]
        with pytest.raises(InputError, match="no such thing"):
            await client.ask(vendor.door(), replace(READ, typed=True))
    assert (await client.ask(vendor.door(), READ)).data == {"ok": True}


async def test_the_wait_the_vendor_asks_for_is_waited(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(429, Retry_After="0.4"), says(429, x_retry_after="0")]
    started = time.monotonic()
    await client.ask(vendor.door(), READ)
    assert 0.4 <= time.monotonic() - started < 2


async def test_a_wait_longer_than_our_patience_is_left_to_the_caller(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(429, Retry_After="600")]
    with pytest.raises(ThrottledError) as caught:
        await client.ask(vendor.door(), READ)
    assert caught.value.retry_after == 600
    assert len(vendor.seen) == 1


async def test_a_wait_written_as_a_date_counts_from_the_vendors_own_clock(vendor: SmallVendor, client: Client) -> None:
    date, later = "Fri, 20 Nov 2026 11:30:00 GMT", "Fri, 20 Nov 2026 12:30:00 GMT"
    vendor.answers = [says(503, Date=date, Retry_After=later)]
    with pytest.raises(TransientError) as caught:
        await client.ask(vendor.door(), READ)
    assert caught.value.retry_after == 3600


async def test_a_credential_that_is_refused_is_not_tried_again(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(401, {"message": f"bad {TOKEN}"})]
    with pytest.raises(CredentialError) as caught:
        await client.ask(vendor.door(), READ)
    assert len(vendor.seen) == 1
    assert TOKEN not in f"{caught.value} {caught.value.detail}"


async def test_a_missing_credential_makes_no_call(vendor: SmallVendor, client: Client) -> None:
    grant = TokenGrant("/token", "NOWHERE", "APP_SECRET", "X-Token")
    assert client.missing(vendor.door(grant)) == ("NOWHERE",)
    with pytest.raises(CredentialError, match="NOWHERE is not set"):
        await client.ask(vendor.door(grant), READ)
    assert vendor.seen == []


async def test_the_proof_is_made_of_the_token_and_the_apps_secret(vendor: SmallVendor, client: Client) -> None:
    answer = await client.ask(vendor.door(Proved("SMALL_TOKEN", "PROOF")), READ)
    assert len(vendor.seen[0].query["appsecret_proof"]) == 64
    assert "proof" not in answer.request
    assert TOKEN not in answer.request


async def test_a_token_in_the_next_address_is_not_kept_with_the_answer(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(200, {"next": f"https://x/?access_token={TOKEN}"})]
    answer = await client.ask(vendor.door(), READ)
    assert answer.data["next"].endswith(TOKEN)
    assert TOKEN.encode() not in answer.body


_PAGES = [
    (web.Response(text="<html><title>Log in</title></html>", content_type="text/html"), NotJsonError, "Log in"),
    (web.Response(text="<!DOCTYPE html><p>x</p>", content_type="application/json"), NotJsonError, "web page"),
    (web.Response(text="", content_type="application/json"), EmptyError, "no content"),
    (web.Response(text="{'a': 1}", content_type="application/json"), NotJsonError, "not JSON"),
    (web.Response(body=b"\xff\xfe\x00", content_type="application/json"), NotJsonError, "not"),
    (web.Response(body=b"xx", headers={"Content-Encoding": "br"}), NotJsonError, "packed"),
    (web.Response(body=b"no gzip", headers={"Content-Encoding": "gzip"}), NotJsonError, "unpacked"),
]


@pytest.mark.parametrize("place", range(len(_PAGES)))
async def test_what_is_no_data_is_said_to_be_none(vendor: SmallVendor, client: Client, place: int) -> None:
    answer, kind, words = _PAGES[place]
    vendor.answers = [answer]
    with pytest.raises(kind, match=words):
        await client.ask(vendor.door(), READ)
    assert len(vendor.seen) == 1


async def test_json_that_ends_in_the_middle_is_tried_again(vendor: SmallVendor, client: Client) -> None:
    cut = [web.Response(text=text, content_type="application/json") for text in ('{"a": [1, 2', '{"a": "b', '{"a"')]
    vendor.answers = [*cut, says(200, {"a": 1})]
    assert (await client.ask(vendor.door(), READ)).data == {"a": 1}


async def test_a_cut_answer_is_named(vendor: SmallVendor, client: Client) -> None:
    async def half(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": "1000"})
        await response.prepare(request)
        await response.write(b'{"a":')
        assert request.transport
        request.transport.close()
        return response

    vendor.answers = [half] * 4
    with pytest.raises(CutOffError):
        await client.ask(vendor.door(), READ)


async def test_ten_megabytes_are_the_most_that_is_read(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [web.Response(body=b'"' + b"x" * 11_000_000 + b'"', content_type="application/json")]
    with pytest.raises(TooBigError, match="at most 10,000,000"):
        await client.ask(vendor.door(), READ)


async def test_an_endless_answer_leaves_memory_flat(vendor: SmallVendor, client: Client) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        piece = b"0" * 65536
        for _ in range(3200):
            await response.write(piece)
        return response

    vendor.answers = [endless]
    before = psutil.Process().memory_info().rss
    with pytest.raises(TooBigError):
        await client.ask(vendor.door(), READ)
    assert psutil.Process().memory_info().rss - before < 60_000_000


async def test_a_bomb_is_noticed_before_it_is_unpacked(vendor: SmallVendor, client: Client) -> None:
    bomb = gzip.compress(bytes(100_000_000), 1)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    vendor.answers = [web.Response(body=bomb, headers={"Content-Encoding": "gzip"})]
    with pytest.raises(TooBigError):
        await client.ask(vendor.door(), READ)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - peak < 60_000


async def test_a_packed_answer_is_read(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [web.Response(body=gzip.compress(b'{"a": 1}'), headers={"Content-Encoding": "gzip"})]
    assert (await client.ask(vendor.door(), READ)).data == {"a": 1}


async def test_a_drip_is_ended_after_a_while(vendor: SmallVendor, client: Client) -> None:
    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse()
        await response.prepare(request)
        for _ in range(40):
            await response.write(b" ")
            await asyncio.sleep(0.1)
        return response

    vendor.answers = [drip]
    with pytest.raises(SlowError):
        await client.ask(vendor.door(), Call("/things", reads=False))


async def test_nobody_at_the_address_is_unreachable(client: Client, vendor: SmallVendor) -> None:
    with pytest.raises(UnreachableError):
        await client.ask(replace(vendor.door(), base="http://127.0.0.1:9"), READ)


async def test_a_redirect_within_the_vendor_is_followed(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(302, Location="/elsewhere?page=2")]
    assert (await client.ask(vendor.door(), Call("/things", query=(("page", "1"),)))).data == {"ok": True}
    assert [str(one.rel_url) for one in vendor.seen] == ["/things?page=1", "/elsewhere?page=2"]


@pytest.mark.parametrize(
    "place",
    ["http://127.0.0.1:1/x", "https://evil.example/x", "http://169.254.169.254/latest", "file:///etc/passwd", ""],
)
async def test_a_redirect_to_another_place_is_refused(vendor: SmallVendor, client: Client, place: str) -> None:
    vendor.answers = [says(302, Location=place)]
    with pytest.raises(SystemicError) as caught:
        await client.ask(vendor.door(), READ)
    assert caught.value.source == "small"
    assert len(vendor.seen) == 1


async def test_a_redirect_loop_ends_after_three(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(302, Location="/things") for _ in range(9)]
    with pytest.raises(MovedError, match="round and round"):
        await client.ask(vendor.door(), READ)
    assert len(vendor.seen) == 4


async def test_a_post_is_never_redirected(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(307, Location="/elsewhere")]
    with pytest.raises(MovedError):
        await client.ask(vendor.door(), Call("/things", "POST", json={}))
    assert len(vendor.seen) == 1


async def test_calls_keep_to_the_rate(vendor: SmallVendor, client: Client) -> None:
    door = vendor.door(rates=(Rate(1, 0.1), Rate(1, 60, match="/search")))
    started = time.monotonic()
    for _ in range(4):
        await client.ask(door, READ)
    assert time.monotonic() - started >= 0.29


async def test_a_vendor_can_ask_for_a_pause_in_a_good_answer(vendor: SmallVendor, client: Client) -> None:
    door = vendor.door(pace=lambda headers, data: float(data.get("pause", 0)))
    vendor.answers = [says(200, {"pause": 0.3})]
    started = time.monotonic()
    await client.ask(door, READ)
    await client.ask(door, READ)
    assert time.monotonic() - started >= 0.3


async def test_a_vendors_own_errors_come_first(vendor: SmallVendor, client: Client) -> None:
    def judge(status: int, headers: Any, data: Any) -> OpsError | None:
        return LogicError("its own words") if data.get("problem") else None

    vendor.answers = [says(200, {"problem": 1}), says(400, {"problem": 1})]
    for _ in range(2):
        with pytest.raises(LogicError, match="its own words"):
            await client.ask(vendor.door(judge=judge), READ)


async def test_long_files_come_line_by_line(vendor: SmallVendor, client: Client) -> None:
    body = b"".join(b'{"n":%d}\n' % number for number in range(50_000))
    vendor.answers = [web.Response(body=gzip.compress(body), headers={"Content-Encoding": "gzip"})]
    found = [line async for some in client.lines(vendor.door(), Call("/file", known=False)) for line in some]
    assert len(found) == 50_000
    assert found[-1] == b'{"n":49999}'
    assert "Authorization" not in vendor.seen[0].headers


async def test_a_line_without_end_is_refused(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [web.Response(body=b"x" * 3_000_000)]
    with pytest.raises(TooBigError):
        [some async for some in client.lines(vendor.door(), Call("/file", known=False))]


async def test_a_file_that_is_a_web_page_is_refused(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [web.Response(text="<html>", content_type="text/html"), says(403, {"message": "gone"})]
    for kind in (NotJsonError, SystemicError):
        with pytest.raises(kind):
            [some async for some in client.lines(vendor.door(), Call("/file", known=False))]


async def test_a_refused_file_that_repeats_the_secret_does_not_tell_it(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(403, {"message": f"{TOKEN} may not do this"})]
    with pytest.raises(SystemicError, match=r"\*\*\* may not do this") as caught:
        [some async for some in client.lines(vendor.door(), Call("/file"))]
    assert TOKEN not in f"{caught.value} {caught.value.detail}"


async def test_the_breaker_opens_after_five_failures_and_probes(vendor: SmallVendor, database: Database) -> None:
    breaker = Breaker(database, threshold=5, cooldown=0.3, longest=1.0)
    client = Client(Secrets({"SMALL_TOKEN": TOKEN}), breaker, replace(PATIENCE, attempts=1))
    try:
        vendor.answers = [says(500) for _ in range(6)]
        for _ in range(5):
            with pytest.raises(TransientError):
                await client.ask(vendor.door(), READ)
        with pytest.raises(BreakerOpenError, match="left alone") as caught:
            await client.ask(vendor.door(), READ)
        assert caught.value.retry_after is not None
        assert len(vendor.seen) == 5
        await asyncio.sleep(0.35)
        results = await asyncio.gather(*(client.ask(vendor.door(), READ) for _ in range(3)), return_exceptions=True)
        assert len(vendor.seen) == 6, "one probe and no more"
        assert sum(isinstance(one, BreakerOpenError) for one in results) == 2
        await asyncio.sleep(0.35)
        with pytest.raises(BreakerOpenError):
            await client.ask(vendor.door(), READ)  # after a failed probe the pause has doubled
        await asyncio.sleep(0.35)
        assert (await client.ask(vendor.door(), READ)).data == {"ok": True}
        async with database.begin() as db:
            assert (await db.execute(text("select count(*) from connector_breaker"))).scalar() == 0
    finally:
        await client.close()


async def test_being_asked_to_slow_down_does_not_open_the_breaker(vendor: SmallVendor, database: Database) -> None:
    client = Client(Secrets({"SMALL_TOKEN": TOKEN}), Breaker(database, threshold=2), replace(PATIENCE, attempts=1))
    try:
        vendor.answers = [says(429) for _ in range(4)]
        for _ in range(4):
            with pytest.raises(ThrottledError):
                await client.ask(vendor.door(), READ)
        assert (await client.ask(vendor.door(), READ)).data == {"ok": True}
    finally:
        await client.close()
