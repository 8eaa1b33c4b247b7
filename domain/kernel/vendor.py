"""The HTTP door: rates, timeouts, retries, circuit breaker, bounded bodies, and a typed error for every way to fail."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Protocol
from urllib.parse import urlencode, urljoin

import aiohttp
import stamina
from aiolimiter import AsyncLimiter

from domain.kernel import vendor_body, vendor_guard, vendor_status
from domain.kernel.breaker import Breaker
from domain.kernel.errors import InputError, OpsError, TransientError
from domain.kernel.ports import Secrets
from domain.kernel.vendor_auth import Auth, Dress, Keyring
from domain.kernel.vendor_errors import (
    BreakerOpenError,
    CredentialError,
    CutOffError,
    GoneError,
    MovedError,
    NotJsonError,
    PermissionMissingError,
    RefusedRequestError,
    SlowError,
    UnreachableError,
)

PAGE_CAP = 10_000_000
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3


@dataclass(frozen=True)
class Rate:
    """`calls` at once and as many again in each `per` seconds after, for addresses that contain `match`.

    A vendor that allows N calls in a span of `per` seconds sees at most twice `calls` in the first of them.
    """

    calls: float
    per: float
    match: str = ""


@dataclass(frozen=True)
class Call:
    """One request. `target` is a path below the vendor's base, or a full address at a declared host.

    `reads`: it changes nothing, so that it may be sent again. `known`: it carries the credential.
    `typed`: it carries what a person typed, so that its refusal is wrong input and no failure of the vendor.
    """

    target: str
    method: str = "GET"
    query: tuple[tuple[str, str], ...] = ()
    json: Any = None
    form: Mapping[str, str] | None = None
    reads: bool = True
    known: bool = True
    typed: bool = False

    def said(self) -> str:
        """The request in one text, without any secret."""
        asked = f"?{urlencode(self.query)}" if self.query else ""
        body = f" {json.dumps(self.json)}" if self.json is not None else ""
        return f"{self.method} {self.target}{asked}{body}"


@dataclass(frozen=True)
class Answer:
    """A success: decoded `data` (None when there is nothing to say, 204), the `body`, and how it was asked."""

    data: Any
    body: bytes
    headers: Mapping[str, str]
    request: str


Judge = Callable[[int, Mapping[str, str], Any], OpsError | None]
"""A vendor's own errors, by status, headers and decoded body (None when it is no JSON); None: nothing special."""
Pace = Callable[[Mapping[str, str], Any], float]
"""Seconds to wait before the next call, from what an answer says about the quota left."""


@dataclass(frozen=True)
class Door:
    """What the kit must know of one vendor."""

    key: str
    base: str
    auth: Auth
    rates: tuple[Rate, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)
    hosts: frozenset[str] = frozenset()
    judge: Judge | None = None
    pace: Pace | None = None


class Http(Protocol):
    """What connectors need of the door."""

    async def ask(self, door: Door, call: Call) -> Answer:
        """One JSON answer; raises a typed error of the kernel."""
        ...

    def lines(self, door: Door, call: Call) -> AsyncGenerator[list[bytes], None]:
        """A large answer of JSON lines, some whole lines at a time."""
        ...

    def missing(self, door: Door) -> tuple[str, ...]:
        """Names of the credentials that are not set."""
        ...


@dataclass(frozen=True)
class Patience:
    """How long to wait for what, in seconds: tries of one read, all of them together, one answer, one long file."""

    attempts: int = 4
    altogether: float = 120.0
    first_pause: float = 0.5
    answer: float = 60.0
    silence: float = 30.0
    file: float = 900.0


class Client:
    """The door as it is: one connection pool, tokens and rates shared by every connector of the process."""

    def __init__(self, secrets: Secrets, breaker: Breaker, patience: Patience | None = None) -> None:
        """Nothing is opened before the first call."""
        self._ring = Keyring(secrets)
        self._breaker = breaker
        self._patience = patience or Patience()
        self._limits: dict[tuple[str, Rate], AsyncLimiter] = {}
        self._resolver: vendor_guard.GuardedResolver | None = None
        self._session: aiohttp.ClientSession | None = None
        self._not_before: dict[str, float] = {}

    def missing(self, door: Door) -> tuple[str, ...]:
        """Names of the credentials that are not set."""
        return door.auth.missing(self._ring)

    async def close(self) -> None:
        """Hang up."""
        if self._session:
            await self._session.close()

    async def ask(self, door: Door, call: Call) -> Answer:
        """One JSON answer, tried again while that may help and is harmless."""
        ends = time.monotonic() + self._patience.altogether
        async for attempt in stamina.retry_context(
            on=lambda error: call.reads and _again(error, ends - time.monotonic()),
            attempts=self._patience.attempts,
            timeout=self._patience.altogether,
            wait_initial=self._patience.first_pause,
            wait_jitter=self._patience.first_pause,
        ):
            with attempt:
                async with self._admitted(door):
                    return await self._json(door, call)
        raise AssertionError("a retry ends by answering or raising")

    async def lines(self, door: Door, call: Call) -> AsyncGenerator[list[bytes], None]:
        """A large answer of JSON lines; tried once, because what was handed on cannot be taken back."""
        async with self._admitted(door):
            await self._turn(door, call)
            dress = await self._dress(door, call)
            limit = aiohttp.ClientTimeout(self._patience.file, sock_connect=10, sock_read=self._patience.silence)
            async with _hushed(dress.words), self._open(door, call, dress, limit) as response:
                said = b"" if response.ok else await vendor_body.whole(response, PAGE_CAP)
                if refused := vendor_status.refusal(response.status, response.headers, said):
                    raise refused
                if "html" in response.content_type:
                    raise NotJsonError("the answer is a web page, not data.")
                async for some in vendor_body.lines(response):
                    yield some

    @asynccontextmanager
    async def _admitted(self, door: Door) -> AsyncIterator[None]:
        """A call under the breaker; every error names the vendor and tells it to the breaker."""
        remembered = await self._breaker.admit(door.key)
        try:
            yield
        except OpsError as error:
            error.source = door.key
            await self._breaker.failed(door.key, error)
            raise
        if remembered:
            await self._breaker.worked(door.key)

    async def _json(self, door: Door, call: Call) -> Answer:
        """One exchange; after a 401 once more with a new token, if there is one to be had."""
        for last in (False, True):
            await self._turn(door, call)
            dress = await self._dress(door, call)
            try:
                return await self._exchange(door, call, dress)
            except CredentialError:
                if last or not call.known or not door.auth.renew(self._ring, dress):
                    raise
        raise AssertionError("the second exchange answers or raises")

    async def _exchange(self, door: Door, call: Call, dress: Dress) -> Answer:
        limit = aiohttp.ClientTimeout(self._patience.answer, sock_connect=10, sock_read=self._patience.silence)
        async with _hushed(dress.words), self._open(door, call, dress, limit) as response:
            body = await vendor_body.whole(response, PAGE_CAP)
            answer = self._judged(door, call, response, body)
        answer = replace(answer, body=_cleaned(answer.body, dress.words))
        if door.pace and (pause := door.pace(answer.headers, answer.data)) > 0:
            self._not_before[door.key] = time.monotonic() + min(pause, self._patience.altogether)
        return answer

    def _judged(self, door: Door, call: Call, response: aiohttp.ClientResponse, body: bytes) -> Answer:
        refused = vendor_status.refusal(response.status, response.headers, body)
        try:
            data = None if response.status == 204 else vendor_status.decode(body, response.content_type)
        except OpsError:
            if refused:
                raise _named(call, refused) from None
            raise
        own = door.judge(response.status, response.headers, data) if door.judge else None
        if found := own or refused:
            raise _named(call, found)
        return Answer(data, body, dict(response.headers), call.said())

    async def _turn(self, door: Door, call: Call) -> None:
        """Wait for the vendor's rates and for the pause it asked for."""
        pause = self._not_before.get(door.key, 0.0) - time.monotonic()
        if pause > 0:
            await asyncio.sleep(pause)
        for rate in door.rates:
            if rate.match in call.target:
                limit = self._limits.setdefault((door.key, rate), AsyncLimiter(rate.calls, rate.per))
                await limit.acquire()

    async def _dress(self, door: Door, call: Call) -> Dress:
        if not call.known:
            return Dress()

        async def exchange(path: str, form: Mapping[str, str]) -> Mapping[str, Any]:
            grant = Call(path, "POST", form=form, known=False)
            try:
                answer = await self._exchange(replace(door, judge=None), grant, Dress(words=tuple(form.values())))
            except OpsError as error:
                raise _of_grant(error) from error
            return answer.data if isinstance(answer.data, dict) else {}

        return await door.auth.dress(self._ring, exchange)

    @asynccontextmanager
    async def _open(
        self, door: Door, call: Call, dress: Dress, limit: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Send, following at most three redirects, each checked like the first address."""
        at = replace(call, target=call.target if "://" in call.target else door.base.rstrip("/") + call.target)
        for _ in range(_MOST_REDIRECTS + 1):
            vendor_guard.check(at.target, door.base, door.hosts)
            async with self._sent(door, at, dress, limit) as response:
                if response.status not in _REDIRECTS:
                    yield response
                    return
                at = _redirected(at, response)
        raise MovedError("it redirects us round and round.")

    @asynccontextmanager
    async def _sent(
        self, door: Door, call: Call, dress: Dress, limit: aiohttp.ClientTimeout
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        at_home = vendor_guard.origin(call.target) == vendor_guard.origin(door.base)
        extra = dress if at_home else Dress()
        try:
            async with self._opened(door.base).request(
                call.method,
                call.target,
                params=[*call.query, *extra.query] or None,
                json=call.json,
                data=call.form,
                headers={**door.headers, **extra.headers},
                timeout=limit,
                allow_redirects=False,
            ) as response:
                yield response
        except TimeoutError as error:
            raise SlowError(f"it did not answer within {limit.total:g} s.") from error
        except aiohttp.ClientPayloadError as error:
            raise CutOffError("the answer was cut off.") from error
        except (aiohttp.ClientError, OSError) as error:
            raise UnreachableError(f"it cannot be reached ({type(error).__name__}).") from error

    def _opened(self, base: str) -> aiohttp.ClientSession:
        if self._session is None or self._resolver is None:
            self._resolver = vendor_guard.GuardedResolver()
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(resolver=self._resolver, limit=8),
                auto_decompress=False,
                headers={"Accept-Encoding": "gzip", "Accept": "application/json", "User-Agent": "operations-brain"},
                cookie_jar=aiohttp.DummyCookieJar(),
            )
        host = vendor_guard.origin(base)[1]
        if vendor_guard.is_loopback(host):
            self._resolver.own.add(host)
        return self._session


def _again(error: Exception, left: float) -> bool | float:
    """Whether to try again: not when it cannot help, and not when the vendor wants more time than is left."""
    if not isinstance(error, TransientError) or isinstance(error, BreakerOpenError):
        return False
    if error.retry_after is None:
        return True
    return error.retry_after if error.retry_after < left else False


def _named(call: Call, error: OpsError) -> OpsError:
    """A refusal of what a person typed is that person's to mend."""
    wrong = call.typed and isinstance(error, RefusedRequestError | GoneError)
    return InputError(error.detail) if wrong else error


def _redirected(call: Call, response: aiohttp.ClientResponse) -> Call:
    place = response.headers.get("Location", "")
    if not place or call.method != "GET":
        raise MovedError(f"it moved ({response.status}) to {place.partition('?')[0][:120]!r}.")
    return replace(call, target=urljoin(call.target, place), query=())


def _of_grant(error: OpsError) -> OpsError:
    """What the vendor says against a token grant is a matter of the credential; anything else stays what it is."""
    if isinstance(error, CredentialError | PermissionMissingError | RefusedRequestError):
        return CredentialError(f"the token grant is refused: {error.detail}")
    return error


@asynccontextmanager
async def _hushed(words: tuple[str, ...]) -> AsyncIterator[None]:
    """Errors leave here without our secrets, which some vendors repeat."""
    try:
        yield
    except OpsError as error:
        error.detail = _without(error.detail, words)
        error.args = (error.detail,)
        raise


def _without(text: str, words: tuple[str, ...]) -> str:
    for word in words:
        if len(word) >= 6:
            text = text.replace(word, "***")
    return text


def _cleaned(body: bytes, words: tuple[str, ...]) -> bytes:
    """A body fit to be kept: some vendors write our own token into the address of the next page."""
    for word in words:
        if len(word) >= 6:
            body = body.replace(word.encode(), b"***")
    return body
