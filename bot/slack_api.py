"""The Web API client: one shared connection pool, one address for every call, no silent repeats."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse

from bot import ports
from domain.kernel.errors import RefusedError

PAGE = 200
MOST_WAITS = 30
ANSWER_S = 20.0
"""Longer than Slack takes, shorter than a person waits: after this the outcome of a post is unknown."""


def session() -> aiohttp.ClientSession:
    """The connection pool of this process for everything but the lines."""
    return aiohttp.ClientSession(
        timeout=aiohttp.ClientTimeout(total=ANSWER_S, connect=5.0),
        connector=aiohttp.TCPConnector(limit=20, keepalive_timeout=60.0),
    )


def base(url: str) -> str:
    """The address of the Web API with its last slash; RefusedError when it is none."""
    if not ports.can_be(url) or not urlsplit(url).hostname or urlsplit(url).scheme not in ("http", "https"):
        raise RefusedError(f"SLACK_API_URL is {url!r}, which is not an address; unset it to use Slack itself.")
    return url.rstrip("/") + "/"


class Client(AsyncWebClient):
    """A client that remembers which methods were called and which Slack refused for want of a scope, named with it."""

    def __init__(self, **settings: Any) -> None:
        """Nothing was called yet."""
        super().__init__(**settings)
        self.called: set[str] = set()
        self.refused: dict[str, str] = {}

    async def api_call(self, api_method: str, **request: Any) -> AsyncSlackResponse:
        """Call a method; raises what the client raises."""
        self.called.add(api_method)
        try:
            answer = await super().api_call(api_method, **request)
        except SlackApiError as error:
            if error_of(error) == "missing_scope":
                self.refused[api_method] = str(error.response.get("needed", ""))
            raise
        self.refused.pop(api_method, None)
        return answer


def client(token: str, url: str, pool: aiohttp.ClientSession) -> Client:
    """A client for one token; a server on this machine is never reached through a proxy."""
    found = Client(token=token, base_url=base(url), session=pool, retry_handlers=[])
    if urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1"):
        found.proxy = None
    return found


async def write(api: AsyncWebClient, method: str, body: dict[str, Any]) -> dict[str, Any]:
    """Call a method that changes something; raises what the client raises."""
    return await _call(api, method, http_verb="POST", json=body)


async def read(api: AsyncWebClient, method: str, **params: Any) -> dict[str, Any]:
    """Call a method that only tells something; raises what the client raises."""
    return await _call(api, method, http_verb="GET", params=params)


async def _call(api: AsyncWebClient, method: str, **request: Any) -> dict[str, Any]:
    return dict((await whole(api, method, **request)).data)


async def whole(api: AsyncWebClient, method: str, **request: Any) -> Any:
    """Call a method and hand back the answer with its headers; raises what the client raises."""
    try:
        return await api.api_call(method, **request)
    except AttributeError as error:  # the client takes a plain text for an object
        raise SlackClientError("Slack answered with something that is not JSON") from error


async def pages(api: AsyncWebClient, method: str, holds: str, **args: Any) -> AsyncIterator[dict[str, Any]]:
    """Every item of a paged list, page after page, waiting where Slack asks to; raises what the client raises."""
    cursor, waits = "", 0
    while True:
        more = {"cursor": cursor} if cursor else {}
        try:
            answer = await read(api, method, limit=PAGE, **args, **more)
        except SlackApiError as error:
            waits += 1
            if error_of(error) != "ratelimited" or waits > MOST_WAITS:
                raise
            await asyncio.sleep(retry_after(error))
            continue
        for item in answer.get(holds) or ():
            yield item
        cursor = (answer.get("response_metadata") or {}).get("next_cursor") or ""
        if not cursor:
            return


def error_of(error: SlackApiError) -> str:
    """Slack's own word for what went wrong, or the HTTP status."""
    answer: Any = error.response
    try:
        word = answer.get("error")
    except (AttributeError, TypeError, ValueError):
        word = None
    return str(word or f"http_{getattr(answer, 'status_code', None) or getattr(answer, 'status', 0)}")


def retry_after(error: SlackApiError) -> float:
    """The seconds Slack asks to wait; one when it does not say."""
    headers: Any = getattr(error.response, "headers", None) or {}
    try:
        return max(0.0, float(headers.get("Retry-After") or headers.get("retry-after") or 1.0))
    except ValueError:
        return 1.0
