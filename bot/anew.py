"""Ends a process when what it began with no longer holds, so that whoever keeps it starts it anew with what does."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog

from bot import acceptances, policies, refusals, secret_files, settings
from bot.settings import Settings
from domain.escalations import escalation
from domain.escalations.failures import Failure
from domain.kernel import point
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from jobs import troubles
from models import policy_version as rows
from models.wire import LOST

_LOOK_EVERY_S = 10.0
log = structlog.get_logger()


@dataclass(frozen=True)
class Began:
    """What a process began with: the digest of its policy, and the state of the secrets' files before they were read.

    Whatever changes while it starts is seen when it looks for the first time.
    """

    digest: str
    mark: secret_files.Mark


@asynccontextmanager
async def watching(ops: Ops, found: Settings, stop: asyncio.Event, began: Began, *, looks: bool) -> AsyncIterator[None]:
    """End this process, to begin anew, when another policy comes into force or a secret's file changes.

    The one process that `looks` also tells a person when the policy's file is not what is in force, and when the day is
    over for which a danger was accepted.
    """
    deeds = [_again(partial(_Changed(began, stop), ops))]
    if looks:
        deeds.append(_again(_Told(ops, partial(policies.look, ops, found), troubles.POLICY)))
        deeds.append(_again(_Told(ops, partial(acceptances.look, ops), troubles.DANGER)))
    tasks = [asyncio.create_task(deed, name="what holds") for deed in deeds]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _again(deed: Callable[[], Awaitable[None]]) -> None:
    while True:
        try:
            await deed()
        except LOST as error:
            log.info("nobody looked whether it still holds", error=type(error).__name__)
        except Exception:  # whatever is wrong now, it must be looked at again
            log.exception("nobody could look whether it still holds")
        await asyncio.sleep(_LOOK_EVERY_S / point.faster())


class _Told:
    """What was found amiss is told once, not at every look; it is over when a look does not find it any more."""

    def __init__(self, ops: Ops, look: Callable[[], Awaitable[list[Failure]]], cause: str) -> None:
        self._ops, self._look, self._cause = ops, look, cause
        self._said: list[Failure] | None = None

    async def __call__(self) -> None:
        found = await self._look()
        if found != self._said:
            async with self._ops.db.begin() as db:
                await escalation.only(self._ops, db, found, (self._cause,), by="house")
            self._said = found


class _Changed:
    """Whether what this process began with still holds."""

    def __init__(self, began: Began, stop: asyncio.Event) -> None:
        self._began, self._stop = began, stop
        self._refused = began.mark

    async def __call__(self, ops: Ops) -> None:
        async with ops.db.begin() as db:
            digest = await rows.in_force(db)
        if digest != self._began.digest:
            self._begin_anew("another policy is in force")
        elif (mark := secret_files.mark(os.environ)) not in (self._began.mark, self._refused):
            self._try_secrets(ops, mark)

    def _try_secrets(self, ops: Ops, mark: secret_files.Mark) -> None:
        """A secret that would be refused does not end what runs well."""
        try:
            refusals.startable(settings.settings(), ops.policy)
        except RefusedError as error:
            self._refused = mark
            log.warning("a changed secret is not used", why=error.detail)
        else:
            self._begin_anew("the file of a secret was changed")

    def _begin_anew(self, why: str) -> None:
        log.info("this process ends, to begin anew", why=why)
        self._stop.set()
