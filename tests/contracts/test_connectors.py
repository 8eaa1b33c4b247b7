"""Every connector of every department keeps the same promises; a new one is tested by being listed."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date

import pytest

from domain.kernel import connector as connectors
from domain.kernel.connector import Connector, Stream
from domain.kernel.errors import LogicError, OpsError, SystemicError, TransientError
from domain.kernel.vendor_errors import CredentialError, fault_of
from models.connector import StreamState
from tests.collecting import CONNECTORS, NOW, Rig

STREAMS = [pytest.param(one, stream, id=f"{one.key}.{stream.key}") for one in CONNECTORS for stream in one.streams]
_FACTS = """
select count(*) from (select id from shop_order union all select sku from inventory_level union all
    select id from fulfilment union all select adset from ad_day union all select id from deal) facts
"""
each_stream = pytest.mark.parametrize(("connector", "stream"), STREAMS)


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.key)
def test_a_connector_declares_what_a_person_must_know(connector: Connector) -> None:
    assert connector.version
    assert connector.sunset > date(2026, 11, 20)
    assert connector.scopes
    assert connector.streams
    assert all(one.where and one.breaks and one.lives for one in connector.credentials)
    assert connector.url.startswith("https://")


def test_keys_are_unique() -> None:
    assert len({one.key for one in CONNECTORS}) == len(CONNECTORS)
    for one in CONNECTORS:
        assert len({stream.key for stream in one.streams}) == len(one.streams)


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.key)
async def test_the_health_call_works(rig: Rig, connector: Connector) -> None:
    assert connectors.missing(rig.ops, connector) == ()
    await rig.ops.http.ask(connectors.door(rig.ops, connector), connector.health)


@pytest.mark.parametrize("connector", CONNECTORS, ids=lambda one: one.key)
async def test_without_its_credentials_it_says_which_are_missing(rig: Rig, connector: Connector) -> None:
    rig.secrets.known.clear()
    missing = connectors.missing(rig.ops, connector)
    assert missing
    assert set(missing) <= {one.name for one in connector.credentials}
    with pytest.raises(SystemicError):
        await connectors.collect(rig.ops, connector, connector.streams[0].key)


@each_stream
async def test_twice_is_once(rig: Rig, connector: Connector, stream: Stream) -> None:
    first = await connectors.collect(rig.ops, connector, stream.key)
    assert first.rows > 0
    assert first.changed > 0
    facts = await rig.one(_FACTS)
    second = await connectors.collect(rig.ops, connector, stream.key, back=stream.look_back)
    assert second.changed == 0
    assert await rig.one(_FACTS) == facts
    assert await rig.one("select fault from connector_state") is None
    assert await rig.one("select count(*) from raw_page") >= 2


@each_stream
async def test_a_refused_credential_is_one_call_and_a_named_fault(
    rig: Rig, connector: Connector, stream: Stream
) -> None:
    await rig.ops.http.ask(connectors.door(rig.ops, connector), connector.health)
    before = await rig.calls(connector.key)
    await rig.fault(connector.key, "status", status=401, path=_data_path(connector))
    with pytest.raises(SystemicError) as caught:
        await connectors.collect(rig.ops, connector, stream.key)
    assert fault_of(caught.value) == "credential"
    assert await rig.calls(connector.key) - before <= 3  # a token grant is tried again once, with a new token
    state = (await rig.rows("select fault, fault_text, last_rows, last_ok_at from connector_state"))[0]
    assert state.fault == "credential"
    assert connector.name in state.fault_text
    assert state.last_ok_at is None


@pytest.mark.parametrize(
    ("key", "more", "wrong"),
    [
        ("shopify", {}, {"SHOPIFY_CLIENT_ID", "SHOPIFY_CLIENT_SECRET"}),
        ("shopify", {"SHOPIFY_TOKEN": "an-older-token"}, {"SHOPIFY_TOKEN"}),
        ("shipbob", {}, {"SHIPBOB_TOKEN"}),
        ("meta", {}, {"META_TOKEN", "META_APP_SECRET"}),
        ("meta", {"META_APP_SECRET": ""}, {"META_TOKEN"}),
        ("hubspot", {}, {"HUBSPOT_SERVICE_KEY"}),
    ],
)
async def test_what_is_refused_is_named_with_its_place(
    rig: Rig, key: str, more: dict[str, str], wrong: set[str]
) -> None:
    rig.secrets.known.update(more)
    (connector,) = [one for one in CONNECTORS if one.key == key]
    refused, before = CredentialError("the credential is refused (401)"), StreamState(key, connector.streams[0].key)
    await connectors.note(rig.ops, connector, connector.streams[0], refused, before)
    told = str(await rig.one("select fault_text from connector_state"))
    assert told.startswith(f"{connector.name}: the credential is refused (401). Check ")
    assert {one.name for one in connector.credentials if one.name in told} == wrong
    assert all(one.where in told for one in connector.credentials if one.name in wrong)


async def test_a_credential_that_no_person_sets_is_not_advised_on(rig: Rig) -> None:
    connector, stream = replace(CONNECTORS[0], credentials=()), CONNECTORS[0].streams[0]
    refused, before = CredentialError("the credential is refused (401)"), StreamState(connector.key, stream.key)
    await connectors.note(rig.ops, connector, stream, refused, before)
    told = await rig.one("select fault_text from connector_state")
    assert told == f"{connector.name}: the credential is refused (401)"


async def test_a_setting_that_is_wrong_is_named_instead_of_the_secrets(rig: Rig) -> None:
    del rig.secrets.known["SHOPIFY_URL"]
    (shopify,) = [one for one in CONNECTORS if one.key == "shopify"]
    with pytest.raises(SystemicError):
        await connectors.collect(rig.ops, shopify, "orders")
    told = await rig.one("select fault_text from connector_state")
    assert told == (
        "Shopify: SHOPIFY_SHOP is not set to a plain name. Check SHOPIFY_SHOP (the name before .myshopify.com)."
    )


@dataclass(frozen=True)
class Spoilt:
    """A fault of the sandbox, and what it must become."""

    kind: str
    error: type[OpsError]
    words: frozenset[str]
    detail: dict[str, object] = field(default_factory=dict)


SPOILT = [
    Spoilt("html", LogicError, frozenset({"html"})),
    Spoilt("empty", LogicError, frozenset({"empty", "shape"})),
    Spoilt("empty", LogicError, frozenset({"empty"}), {"bare": True}),
    Spoilt("huge", LogicError, frozenset({"too big"})),
    Spoilt("truncated", TransientError, frozenset({"cut off", "unreachable"})),
    Spoilt("cut", TransientError, frozenset({"cut off", "unreachable"})),
    Spoilt("status", TransientError, frozenset({"broken"}), {"status": 500}),
    Spoilt("status", SystemicError, frozenset({"permission"}), {"status": 403}),
]


def _data_path(connector: Connector) -> str:
    """Where the connector reads its data, so that a token grant is spared."""
    return f"/{connector.version}"


@each_stream
@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda one: f"{one.kind}{len(one.detail)}")
async def test_a_spoilt_answer_is_a_named_fault_and_no_zero(
    rig: Rig, connector: Connector, stream: Stream, spoilt: Spoilt
) -> None:
    await connectors.collect(rig.ops, connector, stream.key)
    facts, metrics = await rig.one(_FACTS), await rig.one("select coalesce(sum(value), 0) from metric")
    await rig.fault(connector.key, spoilt.kind, path=_data_path(connector), **spoilt.detail)
    with pytest.raises(spoilt.error) as caught:
        await connectors.collect(rig.ops, connector, stream.key)
    assert fault_of(caught.value) in spoilt.words
    state = (await rig.rows("select fault, last_ok_at, last_data_at from connector_state"))[0]
    assert state.fault == fault_of(caught.value)
    assert state.last_ok_at == NOW
    assert state.last_data_at is not None
    assert await rig.one(_FACTS) == facts
    assert await rig.one("select coalesce(sum(value), 0) from metric") == metrics
    await rig.fault("*", "clear")
    await connectors.collect(rig.ops, connector, stream.key)
    assert await rig.one("select fault from connector_state") is None


@each_stream
async def test_a_renamed_field_is_named(rig: Rig, connector: Connector, stream: Stream) -> None:
    assert stream.needs
    unnamed = []
    for need in stream.needs:
        name = need.path.rpartition(".")[2]
        await rig.fault(connector.key, "rename", field=name, path=_data_path(connector))
        try:
            await connectors.collect(rig.ops, connector, stream.key)
            unnamed.append(f"{need.path}: nothing noticed")
        except LogicError as error:
            if fault_of(error) != "shape" or name not in error.detail:
                unnamed.append(f"{need.path}: {error.detail}")
        await rig.fault("*", "clear")
    assert unnamed == []
    assert await rig.one(_FACTS) == 0


@each_stream
async def test_a_field_of_another_type_is_named(rig: Rig, connector: Connector, stream: Stream) -> None:
    need = next(need for need in stream.needs if not need.null and need.path.count(".") <= 1)
    await rig.fault(connector.key, "retype", field=need.path.rpartition(".")[2])
    with pytest.raises(LogicError) as caught:
        await connectors.collect(rig.ops, connector, stream.key)
    assert fault_of(caught.value) == "shape"
    assert await rig.one(_FACTS) == 0


@each_stream
async def test_a_request_to_slow_down_is_followed(rig: Rig, connector: Connector, stream: Stream) -> None:
    await rig.fault(connector.key, "status", status=429, retry_after=0, n=1, path=_data_path(connector))
    assert (await connectors.collect(rig.ops, connector, stream.key)).rows > 0
