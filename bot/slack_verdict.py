"""What a failed call to Slack means: wait, look it up, say it more simply, or give up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.slack_api import error_of, retry_after

Meaning = Literal["wait", "unknown", "simpler", "closed", "never"]
"""wait: it was not taken, try later; unknown: it may have been taken; simpler: the form was refused;
closed: no call of ours is taken at the moment; never: this message will not be taken."""

FAILED: tuple[type[Exception], ...] = (SlackApiError, SlackClientError, aiohttp.ClientError, TimeoutError, OSError)
"""What a call may raise."""
UNREADABLE: tuple[type[Exception], ...] = (*FAILED, KeyError, TypeError)
"""The same, and what comes of an answer without what was asked for."""

_SIMPLER = frozenset({
    "invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long", "msg_too_long", "markdown_text_conflict",
    "invalid_attachments", "attachments_too_long", "metadata_too_large",
})  # fmt: skip
_CLOSED = frozenset({
    "invalid_auth", "not_authed", "account_inactive", "token_revoked", "token_expired", "org_login_required",
    "ekm_access_denied", "app_uninstalled", "not_allowed_token_type",
})  # fmt: skip
_MAYBE = frozenset({"internal_error", "fatal_error", "request_timeout", "service_unavailable", "team_added_to_org"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to do, Slack's word for why, and how many seconds it asked to wait."""

    meaning: Meaning
    word: str
    seconds: float | None = None


def of(error: Exception) -> Verdict:
    """Read an error; whatever is not a clear no counts as unknown."""
    if isinstance(error, SlackApiError):
        return _answered(error)
    if isinstance(error, aiohttp.ClientConnectorError):
        return Verdict("wait", "unreachable")
    if isinstance(error, TimeoutError):
        return Verdict("unknown", "timeout")
    return Verdict("unknown", type(error).__name__)


def _answered(error: SlackApiError) -> Verdict:
    word = error_of(error)
    if word in ("ratelimited", "rate_limited", "http_429", "message_limit_exceeded"):
        return Verdict("wait", "ratelimited", retry_after(error))
    if word in _SIMPLER:
        return Verdict("simpler", word)
    if word in _CLOSED:
        return Verdict("closed", word)
    if word in _MAYBE or word.startswith("http_"):
        return Verdict("unknown", word)
    return Verdict("never", word)
