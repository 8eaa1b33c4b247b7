"""Forty ways to lead a call astray, and none of them works."""

from __future__ import annotations

import socket

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from domain.kernel import vendor_guard
from domain.kernel.vendor_errors import ForbiddenAddressError
from domain.kernel.vendor_guard import GuardedResolver

BASE = "https://api.vendor.example"
HOSTS = frozenset({"files.vendor.example"})
ASTRAY = [
    "http://api.vendor.example/x",
    "https://api.vendor.example:8443/x",
    "https://api.vendor.example.evil.example/x",
    "https://evil.example/?api.vendor.example",
    "https://evil.example#api.vendor.example",
    "https://api.vendor.example@evil.example/x",
    "https://user:word@api.vendor.example/x",
    "https://api.vendor.example%2eevil.example/x",
    "https://evil.example\\@api.vendor.example/x",
    "https://127.0.0.1/x",
    "http://127.0.0.1:3901/x",
    "https://[::1]/x",
    "https://[::ffff:127.0.0.1]/x",
    "https://0.0.0.0/x",
    "https://2130706433/x",
    "https://0x7f000001/x",
    "https://0177.0.0.1/x",
    "https://127.1/x",
    "https://localhost/x",
    "https://localhost.localdomain/x",
    "https://169.254.169.254/latest/meta-data/",
    "https://[fe80::1]/x",
    "https://10.0.0.1/x",
    "https://192.168.1.1/x",
    "https://172.16.0.1/x",
    "https://100.64.0.1/x",
    "https://[fd00::1]/x",
    "https://metadata.google.internal/x",
    "ftp://api.vendor.example/x",
    "file:///etc/passwd",
    "gopher://api.vendor.example/x",
    "javascript:alert(1)",
    "//evil.example/x",
    "https:///x",
    "https://",
    "https://api.vendor.example:99999/x",
    "http://files.vendor.example/x",
    "https://files.vendor.example:444/x",
    "https://xfiles.vendor.example/x",
    "",
]


@pytest.mark.parametrize("url", ASTRAY)
def test_an_address_astray_is_refused(url: str) -> None:
    with pytest.raises(ForbiddenAddressError):
        vendor_guard.check(url, BASE, HOSTS)


@pytest.mark.parametrize(
    "url", [BASE, f"{BASE}/a?b=c", "https://API.vendor.example/x", "https://files.vendor.example/f"]
)
def test_declared_addresses_are_called(url: str) -> None:
    vendor_guard.check(url, BASE, HOSTS)


def test_this_machine_is_called_only_when_the_configured_vendor_is_there() -> None:
    vendor_guard.check("http://127.0.0.1:3901/shopify/x", "http://127.0.0.1:3901/shopify", frozenset())
    for url in ("http://127.0.0.1:3902/x", "http://localhost:3901/x", "http://[::1]:3901/x", "http://10.0.0.1:3901/x"):
        with pytest.raises(ForbiddenAddressError):
            vendor_guard.check(url, "http://127.0.0.1:3901/shopify", frozenset())


def test_a_vendor_elsewhere_must_be_encrypted() -> None:
    with pytest.raises(ForbiddenAddressError, match="https"):
        vendor_guard.check("http://api.vendor.example/x", "http://api.vendor.example", frozenset())


PRIVATE = [
    "127.0.0.1", "127.9.9.9", "10.1.2.3", "172.31.255.255", "192.168.0.1", "169.254.169.254", "0.0.0.0", "100.64.0.1",
    "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fd12::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1",
    "64:ff9b::7f00:1", "2002:7f00:1::", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_are_known(address: str) -> None:
    assert not vendor_guard.is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "151.101.1.1", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_known(address: str) -> None:
    assert vendor_guard.is_public(address)


class Names(AbstractResolver):
    """A resolver that says what it was told to say, differently each time."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = self.answers.pop(0)
        return [ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0) for one in found]

    async def close(self) -> None:
        """Nothing is open."""


async def test_a_name_that_answers_public_then_private_is_refused_the_second_time() -> None:
    resolver = GuardedResolver(Names(["93.184.215.14"], ["127.0.0.1"], ["93.184.215.14", "10.0.0.1"]))
    assert [one["host"] for one in await resolver.resolve("api.vendor.example", 443)] == ["93.184.215.14"]
    for _ in range(2):
        with pytest.raises(ForbiddenAddressError, match="private"):
            await resolver.resolve("api.vendor.example", 443)


async def test_a_configured_name_of_this_machine_is_looked_up() -> None:
    resolver = GuardedResolver(Names(["127.0.0.1"]))
    resolver.own.add("localhost")
    assert await resolver.resolve("localhost", 3901)
