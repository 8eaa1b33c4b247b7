"""The menu as a Bolt app: every surface registered, and a last listener for whatever nobody serves."""

from __future__ import annotations

import asyncio
import inspect
import logging
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, cast

import structlog
from slack_bolt.app.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.context.async_context import AsyncBoltContext
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_asks, slack_dialogs
from bot.slack_dispatch import Work
from domain.kernel.ports import Ops
from handlers import fallbacks, guard
from handlers.surface import Ask, Check, Event, Look, Run, Surface, View

log = structlog.get_logger()
CHECK_S = 2.0
"""Slack waits three seconds for what is wrong with a dialog."""
ANYTHING = re.compile(r"[\s\S]*")
Body = dict[str, Any]
Listener = Callable[..., Awaitable[None]]
Resolve = Callable[[Ask], Awaitable[Ask]]
"""Adds to an ask who the person is, and whether strangers read the channel."""


@dataclass(frozen=True)
class Identity:
    """Who the bot is in its workspace, as auth.test told."""

    team_id: str
    user_id: str
    bot_id: str
    app_id: str = ""


def build(ops: Ops, menu: Sequence[Surface], api: AsyncWebClient, identity: Identity, resolve: Resolve) -> AsyncApp:
    """A Bolt app in which nothing stays without an answer."""
    app = AsyncApp(
        client=api,
        authorize=_authorize(identity, api.token or ""),
        process_before_response=True,  # a dispatch ends when its listener ends, so that the row can be closed
        request_verification_enabled=False,
        ssl_check_enabled=False,
        url_verification_enabled=False,
        attaching_function_token_enabled=False,
        logger=_quiet_logger(),
    )
    register = _Register(app, ops, resolve, partial(slack_dialogs.show, api))
    for surface in menu:
        register.surface(surface)
    register.last(menu)
    app.error(_broke)
    return app


async def _broke(error: Exception, context: AsyncBoltContext) -> None:
    """A listener could not even say what went wrong: most likely the database is gone."""
    work: Work | None = context.get("work")
    log.warning("slack.work_interrupted", key=work.key if work else "", error=type(error).__name__, exc_info=error)


def _quiet_logger() -> logging.Logger:
    """Bolt warns at every start that a token and `authorize` are both known; errors still come through."""
    found = logging.getLogger("bot.bolt")
    found.setLevel(logging.ERROR)
    return found


def _authorize(identity: Identity, token: str) -> Callable[..., Awaitable[AuthorizeResult]]:
    """What auth.test told at the start, without asking again inside the three seconds of an acknowledgement."""
    result = AuthorizeResult(
        enterprise_id=None,
        team_id=identity.team_id,
        bot_id=identity.bot_id,
        bot_user_id=identity.user_id,
        bot_token=token,
    )

    async def authorize() -> AuthorizeResult:
        return result

    return authorize


class _Register:
    """Puts surfaces into a Bolt app, each behind the guard."""

    def __init__(self, app: AsyncApp, ops: Ops, resolve: Resolve, show: guard.Show) -> None:
        self._app = app
        self._show = show
        self._ops = ops
        self._resolve = resolve

    def surface(self, surface: Surface) -> None:
        """Register everything of one feature."""
        for command in surface.commands:
            self._app.command(command.name)(self._listener(command.run))
        for action in surface.actions:
            self._app.action(re.compile(rf"v\d+\.{re.escape(action.name)}(\.\d+)?"))(self._listener(action.run))
        for event in surface.events:
            self._app.event(_matching(event))(self._event(event))
        for shortcut in surface.shortcuts:
            self._app.shortcut(shortcut.name)(self._listener(shortcut.run))
        for view in surface.views:
            self._app.view(view.name)(self._view(view))

    def last(self, menu: Sequence[Surface]) -> None:
        """Whatever nobody serves: answered privately, or quietly taken note of."""
        self._app.command(ANYTHING)(self._listener(fallbacks.command(menu)))
        self._app.action(ANYTHING)(self._listener(fallbacks.action))
        self._app.shortcut(ANYTHING)(self._listener(fallbacks.shortcut))
        self._app.options(ANYTHING)(_no_options)
        self._app.view_closed(ANYTHING)(self._silent())
        self._app.view(ANYTHING)(self._listener(fallbacks.view))
        self._app.event(re.compile("tokens_revoked|app_uninstalled"))(_shut_out)
        self._app.event(ANYTHING)(self._silent())

    def _listener(self, run: Run, *, denied: Run | None = None) -> Listener:
        async def listener(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            work: Work = context["work"]
            await _send_now(work, await _acked(ack, {}))
            ask = await self._resolve(slack_asks.read(work, body))
            work.outcome = await guard.serve(self._ops, ask, run, denied=denied, show=self._show)

        return listener

    def _event(self, event: Event) -> Listener:
        serve = self._listener(event.run, denied=event.denied)

        async def listener(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            work: Work = context["work"]
            if event.concerns is None or await event.concerns(self._ops, slack_asks.read(work, body)):
                await serve(ack, body, context)
            else:
                work.outcome = "not for us"

        return listener

    def _silent(self) -> Listener:
        async def listener(ack: AsyncAck, context: AsyncBoltContext) -> None:
            await ack()
            context["work"].outcome = "nothing to do"

        return listener

    def _view(self, view: View) -> Listener:
        serve = self._listener(view.run)

        async def listener(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
            wrong = await _wrong(self._ops, view, slack_asks.read(context["work"], body))
            if not wrong:
                await serve(ack, body, context)
                return
            await _send_now(context["work"], await _acked(ack, wrong))
            context["work"].outcome = "sent back"

        return listener


async def _wrong(ops: Ops, view: View, ask: Ask) -> Mapping[str, str]:
    """What is wrong with a dialog; what cannot be checked in time is not taken either."""
    if not inspect.iscoroutinefunction(view.check):
        return cast("Check", view.check)(ask.values)
    try:
        async with asyncio.timeout(CHECK_S):
            return await cast("Look", view.check)(ops, ask.values, ask.value)
    except Exception:  # the dialog stands open and keeps what was typed
        log.exception("slack.dialog_not_checked", error_id=guard.error_id(ask.key), dialog=view.name)
    again = f"I could not check this just now; please send it once more ({guard.error_id(ask.key)})."
    return dict.fromkeys(list(ask.values)[:1], again)


def _matching(event: Event) -> Any:
    """Bolt asks for `subtype` to be named when messages of every kind are meant."""
    return (
        {"type": event.type, "subtype": (None, "file_share", "thread_broadcast", "me_message")}
        if (event.type == "message")
        else event.type
    )


async def _acked(ack: AsyncAck, wrong: Mapping[str, str]) -> Body | None:
    if wrong:
        await ack(response_action="errors", errors=dict(wrong))
        return {"response_action": "errors", "errors": dict(wrong)}
    await ack()
    return None


async def _send_now(work: Work, payload: Body | None) -> None:
    """A dialog waits for its acknowledgement: it goes out before the work begins."""
    if work.send is not None:
        await work.send(payload)
        work.send = None


async def _no_options(ack: AsyncAck, context: AsyncBoltContext) -> None:
    await ack(options=[])
    context["work"].outcome = "nothing to do"


async def _shut_out(ack: AsyncAck, body: Body, context: AsyncBoltContext) -> None:
    """The app lost its place in the workspace: calls will be refused, and the outbox says so in /health."""
    await ack()
    log.error("slack.shut_out", reason=body.get("event", {}).get("type"))
    context["work"].outcome = "shut out"
