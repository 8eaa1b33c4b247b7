"""The Redis door: values with a time to live; never the only copy, and silent when Redis is gone."""

from __future__ import annotations

import json
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError


class Cache:
    """Short memory. Every call answers as if empty when Redis does not, and `alive` says so."""

    def __init__(self, url: str | None) -> None:
        """`url` is `redis://` or `unix://`; None means there is no Redis at all."""
        self._redis: Redis | None = None
        self.alive = False
        if url:
            self._redis = Redis.from_url(
                url, socket_timeout=1.0, socket_connect_timeout=1.0, retry=Retry(NoBackoff(), 1), decode_responses=True
            )

    async def ping(self) -> bool:
        """Whether Redis answers now."""
        try:
            self.alive = bool(self._redis and await self._redis.ping())
        except (RedisError, OSError):
            self.alive = False
        return self.alive

    async def get(self, key: str) -> Any:
        """The value kept under `key`, or None."""
        try:
            found = await self._redis.get(key) if self._redis else None
        except (RedisError, OSError):
            self.alive = False
            return None
        return json.loads(found) if found is not None else None

    async def put(self, key: str, value: Any, ttl: int) -> None:
        """Keep a JSON value for `ttl` seconds."""
        try:
            if self._redis:
                await self._redis.set(key, json.dumps(value), ex=ttl)
        except (RedisError, OSError):
            self.alive = False

    async def settings(self, *names: str) -> dict[str, str]:
        """What the server says of its settings; empty when it does not answer or does not tell."""
        try:
            found = await self._redis.config_get(*names) if self._redis else {}
        except (RedisError, OSError):
            return {}
        return {str(name): str(value) for name, value in found.items()}

    async def close(self) -> None:
        """Hang up."""
        if self._redis:
            await self._redis.aclose()
