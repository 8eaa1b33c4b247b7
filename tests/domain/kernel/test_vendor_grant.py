"""A token that is exchanged for: fetched once, shared, renewed; and what a grant that fails is called."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from aiohttp import web

from domain.kernel.errors import LogicError
from domain.kernel.vendor import Call, Client
from domain.kernel.vendor_auth import TokenGrant
from domain.kernel.vendor_errors import CredentialError, SlowError, fault_of
from tests.domain.kernel.small_vendor import PATIENCE, SmallVendor, says

READ = Call("/things")
GRANT = TokenGrant("/token", "APP_ID", "APP_SECRET", "X-Token")


async def test_an_expired_token_is_exchanged_once(vendor: SmallVendor, client: Client) -> None:
    first, second = (
        {"access_token": "first-token", "expires_in": 86399},
        {"access_token": "next-token", "expires_in": 99},
    )
    vendor.answers = [says(200, first), says(401), says(200, second), says(200, {"ok": 1})]
    assert (await client.ask(vendor.door(GRANT), READ)).data == {"ok": 1}
    assert [one.path for one in vendor.seen] == ["/token", "/things", "/token", "/things"]
    assert vendor.seen[3].headers["X-Token"] == "next-token"


async def test_two_streams_fetch_one_token(vendor: SmallVendor, client: Client) -> None:
    async def slowly(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.1)
        return says(200, {"access_token": "the-token", "expires_in": 86399})

    vendor.answers = [slowly]
    door = vendor.door(GRANT)
    await asyncio.gather(client.ask(door, READ), client.ask(door, READ), client.ask(door, READ))
    assert [one.path for one in vendor.seen].count("/token") == 1


async def test_a_refused_client_names_the_grant_and_hides_the_secret(vendor: SmallVendor, client: Client) -> None:
    vendor.answers = [says(400, {"error": "invalid_client", "error_description": "no an-app-secret here"})]
    with pytest.raises(CredentialError) as caught:
        await client.ask(vendor.door(GRANT), READ)
    assert "token grant" in caught.value.detail
    assert "an-app-secret" not in str(caught.value)
    assert len(vendor.seen) == 1


def _grants() -> dict[str, web.StreamResponse]:
    big = web.Response(body=b'"' + b"x" * 10_000_001 + b'"', content_type="application/json")
    page = web.Response(text="<html><title>Log in</title></html>", content_type="text/html")
    return {"too big": big, "html": page, "empty": web.Response(content_type="application/json"), "shape": says(200)}


@pytest.mark.parametrize("fault", _grants())
async def test_a_spoilt_token_grant_keeps_its_own_fault(vendor: SmallVendor, client: Client, fault: str) -> None:
    vendor.answers = [_grants()[fault]]
    with pytest.raises(LogicError) as caught:
        await client.ask(vendor.door(GRANT), READ)
    assert fault_of(caught.value) == fault


@pytest.mark.parametrize("status", [400, 401, 403])
async def test_a_token_grant_that_is_refused_is_the_credentials_fault(
    vendor: SmallVendor, client: Client, status: int
) -> None:
    vendor.answers = [says(status, {"error": "invalid_client"})]
    with pytest.raises(CredentialError, match=f"the token grant is refused: .*{status}: invalid_client"):
        await client.ask(vendor.door(GRANT), READ)


async def test_a_token_grant_that_does_not_answer_is_slow(vendor: SmallVendor, client: Client) -> None:
    async def silent(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(0.2)
        return says(200)

    vendor.answers = [silent]
    client._patience = replace(PATIENCE, attempts=1, answer=0.05)
    with pytest.raises(SlowError):
        await client.ask(vendor.door(GRANT), READ)
