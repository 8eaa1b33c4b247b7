"""Where a vendor call may go: declared hosts, never a private address, unless the vendor itself is on this machine."""

from __future__ import annotations

import ipaddress
import socket
from urllib.parse import urlsplit

from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver

from domain.kernel.vendor_errors import ForbiddenAddressError

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet, also when it is wrapped in another kind."""
    found = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped:
            return is_public(str(found.ipv4_mapped))
        if found in _NAT64 or found.sixtofour or found.teredo:
            return False
    return found.is_global and not found.is_multicast


def is_loopback(host: str) -> bool:
    """Whether a host, as written in a configured address, is this machine."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port of an address; ForbiddenAddressError when it is none that can be called."""
    try:
        parts = urlsplit(url)
        port = parts.port or {"https": 443, "http": 80}[parts.scheme]
    except (ValueError, KeyError) as error:
        raise ForbiddenAddressError(f"{_short(url)} is not an address that can be called.") from error
    if not parts.hostname or parts.username is not None or parts.password is not None:
        raise ForbiddenAddressError(f"{_short(url)} is not an address that can be called.")
    return parts.scheme, parts.hostname, port


def check(url: str, base: str, hosts: frozenset[str]) -> None:
    """Refuse an address that is neither below the configured base's origin nor at a declared host.

    Anything but https is refused, except on this machine when the configured base is this very place.
    """
    scheme, host, port = origin(url)
    own = origin(base)
    if (scheme, host, port) == own:
        if scheme == "https" or is_loopback(host):
            return
        raise ForbiddenAddressError(f"{_short(url)} is not encrypted; use https.")
    if scheme != "https" or port != 443 or host not in hosts or _literal(host):
        raise ForbiddenAddressError(f"{_short(url)} is not a declared address of this connector.")


def _literal(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _short(url: str) -> str:
    return repr(url.partition("?")[0][:120])


class GuardedResolver(AbstractResolver):
    """Looks names up once and hands on only addresses that may be called; the connection goes to exactly these."""

    def __init__(self, inner: AbstractResolver | None = None) -> None:
        """`inner` does the looking up, the system's own if not given; `own` are configured hosts on this machine."""
        self.own: set[str] = set()
        self._inner = inner or ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """The public addresses of a host; ForbiddenAddressError when it has others."""
        found = await self._inner.resolve(host, port, family)
        if host not in self.own and not all(is_public(one["host"]) for one in found):
            raise ForbiddenAddressError(f"{host} leads to a private address.")
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._inner.close()
