"""How a vendor knows us: bearer, header, token grant, Meta's proof; secrets by name, tokens fetched once and shared."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from domain.kernel.ports import Secrets
from domain.kernel.vendor_errors import CredentialError, DriftError

_EARLY = 120.0  # a token is exchanged this many seconds before it ends


@dataclass(frozen=True)
class Dress:
    """What authentication adds to a request; `words` are the secrets in it, to be kept out of every text."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: tuple[tuple[str, str], ...] = ()
    words: tuple[str, ...] = ()


Exchange = Callable[[str, Mapping[str, str]], Awaitable[Mapping[str, Any]]]
"""POST a form to a path of the vendor and return the decoded answer."""


class Keyring:
    """Secrets, and the tokens fetched with them, for one process."""

    def __init__(self, secrets: Secrets) -> None:
        """`secrets` are read each time, so that a renewed one is used at once."""
        self._secrets = secrets
        self._tokens: dict[str, tuple[str, float]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    def secret(self, name: str) -> str:
        """A secret; CredentialError when it is not set."""
        found = self._secrets.get(name)
        if not found:
            raise CredentialError(f"{name} is not set.")
        return found

    def has(self, name: str) -> bool:
        """Whether a secret is set."""
        return bool(self._secrets.get(name))

    async def token(self, key: str, fetch: Callable[[], Awaitable[tuple[str, float]]]) -> str:
        """The token under `key`; fetched by one caller at a time when there is none or it ends soon."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            token, ends = self._tokens.get(key, ("", 0.0))
            if not token or time.monotonic() >= ends:
                token, lives = await fetch()
                self._tokens[key] = (token, time.monotonic() + max(lives - _EARLY, 1.0))
            return token

    def drop(self, key: str, token: str) -> None:
        """Forget a token the vendor no longer takes, unless another caller has replaced it already."""
        if self._tokens.get(key, ("", 0.0))[0] == token:
            del self._tokens[key]


class Auth(Protocol):
    """One way of being known."""

    def missing(self, ring: Keyring) -> tuple[str, ...]:
        """Names of secrets that are needed and not set."""
        ...

    def used(self, ring: Keyring) -> tuple[str, ...]:
        """Names of the secrets it goes by, as things are set."""
        ...

    async def dress(self, ring: Keyring, exchange: Exchange) -> Dress:
        """What to add to a request."""
        ...

    def renew(self, ring: Keyring, dress: Dress) -> bool:
        """After a 401: forget what was used; True when another try may help."""
        ...


@dataclass(frozen=True)
class Header:
    """A secret in a header, as it is or after a word such as Bearer."""

    secret: str
    name: str = "Authorization"
    prefix: str = ""

    def missing(self, ring: Keyring) -> tuple[str, ...]:
        """The secret, if it is not set."""
        return () if ring.has(self.secret) else (self.secret,)

    def used(self, ring: Keyring) -> tuple[str, ...]:
        """The secret."""
        return (self.secret,)

    async def dress(self, ring: Keyring, exchange: Exchange) -> Dress:
        """The header."""
        word = ring.secret(self.secret)
        return Dress({self.name: f"{self.prefix}{word}"}, words=(word,))

    def renew(self, ring: Keyring, dress: Dress) -> bool:
        """Nothing to renew: a person must."""
        return False


def bearer(secret: str) -> Header:
    """A secret as bearer token."""
    return Header(secret, prefix="Bearer ")


@dataclass(frozen=True)
class Proved:
    """A bearer token with Meta's `appsecret_proof`, so that a stolen token alone is worth nothing."""

    secret: str
    proof_secret: str

    def missing(self, ring: Keyring) -> tuple[str, ...]:
        """The token, if it is not set; the proof is optional."""
        return () if ring.has(self.secret) else (self.secret,)

    def used(self, ring: Keyring) -> tuple[str, ...]:
        """The token, and what proves it when that is set."""
        return (self.secret, self.proof_secret) if ring.has(self.proof_secret) else (self.secret,)

    async def dress(self, ring: Keyring, exchange: Exchange) -> Dress:
        """The header and the proof."""
        word = ring.secret(self.secret)
        headers = {"Authorization": f"Bearer {word}"}
        if not ring.has(self.proof_secret):
            return Dress(headers, words=(word,))
        key = ring.secret(self.proof_secret)
        proof = hmac.new(key.encode(), word.encode(), hashlib.sha256).hexdigest()
        return Dress(headers, (("appsecret_proof", proof),), (word, key, proof))

    def renew(self, ring: Keyring, dress: Dress) -> bool:
        """Nothing to renew: a person must."""
        return False


@dataclass(frozen=True)
class TokenGrant:
    """A client id and secret exchanged for a token that ends; a `static` token, when set, is used instead."""

    path: str
    client_id: str
    client_secret: str
    header: str
    static: str = ""

    def missing(self, ring: Keyring) -> tuple[str, ...]:
        """Nothing when the static token or both parts of the client are set."""
        return tuple(name for name in self.used(ring) if not ring.has(name))

    def used(self, ring: Keyring) -> tuple[str, ...]:
        """The static token when it is set, else both parts of the client."""
        return (self.static,) if self.static and ring.has(self.static) else (self.client_id, self.client_secret)

    async def dress(self, ring: Keyring, exchange: Exchange) -> Dress:
        """The token in its header."""
        if self.static and ring.has(self.static):
            word = ring.secret(self.static)
            return Dress({self.header: word}, words=(word,))
        secret = ring.secret(self.client_secret)
        word = await ring.token(self._key, lambda: self._fetch(ring, exchange))
        return Dress({self.header: word}, words=(word, secret))

    def renew(self, ring: Keyring, dress: Dress) -> bool:
        """Forget the token so that the next request fetches another."""
        if self.static and ring.has(self.static):
            return False
        ring.drop(self._key, dress.headers.get(self.header, ""))
        return True

    @property
    def _key(self) -> str:
        return f"{self.path}:{self.client_id}"

    async def _fetch(self, ring: Keyring, exchange: Exchange) -> tuple[str, float]:
        form = {
            "grant_type": "client_credentials",
            "client_id": ring.secret(self.client_id),
            "client_secret": ring.secret(self.client_secret),
        }
        answer = await exchange(self.path, form)
        token, lives = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str) or not token or not isinstance(lives, int | float):
            raise DriftError("the token grant answered without a token.")
        return token, float(lives)
