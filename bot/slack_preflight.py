"""Both tokens are tried before anything starts: a wrong one is refused in one sentence."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from bot import slack_api, slack_verdict
from bot.settings import Settings, refuse_placeholder
from bot.slack_app import Identity
from domain.kernel.errors import RefusedError

LONGEST_PAUSE_S = 30.0
_APP = "https://api.slack.com/apps"
_APP_IN_TOKEN = re.compile(r"xapp-\d+-(A[A-Z0-9]+)-")
_WRONG = frozenset({
    "invalid_auth", "not_authed", "token_revoked", "token_expired", "account_inactive", "not_allowed_token_type",
    "missing_scope", "no_permission", "org_login_required", "app_uninstalled", "user_removed_from_team",
})  # fmt: skip

log = structlog.get_logger()


@dataclass(frozen=True)
class Tokens:
    """The two tokens of the app."""

    bot: str
    app: str


@dataclass(frozen=True)
class Passed:
    """What the preflight learned: who we are, the scopes we have, and an address for the first line."""

    identity: Identity
    scopes: frozenset[str]
    url: str


def tokens(found: Settings) -> Tokens:
    """The tokens of the environment; RefusedError says which one is missing, mistaken or a placeholder."""
    bot = _token("SLACK_BOT_TOKEN", found.slack_bot_token, "xoxb-")
    return Tokens(bot, _token("SLACK_APP_TOKEN", found.slack_app_token, "xapp-"))


def _token(name: str, secret: Any, prefix: str) -> str:
    value = secret.get_secret_value().strip() if secret is not None else ""
    if not value:
        raise RefusedError(f"{name} is not set; copy the token that begins with {prefix} from {_APP}.")
    refuse_placeholder(name, value)
    if not value.startswith(prefix):
        raise RefusedError(f"{name} must begin with {prefix}, but begins with {value[:5]!r}; copy it from {_APP}.")
    return value


async def check(bot: AsyncWebClient, app: AsyncWebClient) -> Passed:
    """Try both tokens; waits for as long as Slack cannot be reached. RefusedError when Slack says no."""
    me = await _patiently("SLACK_BOT_TOKEN", "the Bot User OAuth Token", bot, "auth.test")
    opened = await _patiently(
        "SLACK_APP_TOKEN", "an app-level token with connections:write", app, "apps.connections.open"
    )
    identity = Identity(
        str(me.get("team_id", "")), str(me.get("user_id", "")), str(me.get("bot_id", "")), str(me.get("app_id", ""))
    )
    await _same_app(bot, app.token or "", identity.bot_id)
    granted = str(me.get("x-oauth-scopes") or "")
    return Passed(
        identity, frozenset(scope.strip() for scope in granted.split(",") if scope.strip()), str(opened["url"])
    )


async def _patiently(name: str, wanted: str, api: AsyncWebClient, method: str) -> dict[str, Any]:
    pause = 1.0
    while True:
        try:
            answer: Any = await slack_api.whole(api, method, http_verb="POST")
            return dict(answer.data) | {"x-oauth-scopes": answer.headers.get("x-oauth-scopes")}
        except SlackApiError as error:
            word = slack_api.error_of(error)
            if word in _WRONG:
                raise RefusedError(f"Slack does not accept {name} ({word}); set it to {wanted} from {_APP}.") from error
            verdict = slack_verdict.of(error)
        except slack_verdict.FAILED as error:
            verdict = slack_verdict.of(error)
        wait = verdict.seconds if verdict.seconds is not None else pause
        log.warning("slack.not_reached", method=method, error=verdict.word, again_in=round(wait, 1))
        await asyncio.sleep(wait)
        pause = min(LONGEST_PAUSE_S, pause * 2)


async def _same_app(bot: AsyncWebClient, app_token: str, bot_id: str) -> None:
    """An app-level token carries the id of its app; both tokens must be of the same one."""
    named = _APP_IN_TOKEN.match(app_token)
    if named is None or not bot_id:
        return
    try:
        app_id = str((await slack_api.read(bot, "bots.info", bot=bot_id))["bot"]["app_id"])
    except slack_verdict.UNREADABLE as error:
        log.info("slack.app_not_checked", error=type(error).__name__)
        return
    if app_id != named[1]:
        raise RefusedError(
            f"SLACK_BOT_TOKEN is of the app {app_id}, SLACK_APP_TOKEN of {named[1]}; take both from one app."
        )


def missing_scopes(passed: Passed, wanted: tuple[str, ...]) -> tuple[str, ...]:
    """One sentence for each scope the manifest asks for and Slack did not grant."""
    if not passed.scopes:
        return ()
    return tuple(
        f"The app lacks the scope {scope}: add it under OAuth & Permissions and install the app again."
        for scope in wanted
        if scope not in passed.scopes
    )
