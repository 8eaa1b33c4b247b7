"""Every Web API method the sandbox has, in one list."""

from __future__ import annotations

from sandbox.slack import webapi_auth, webapi_chat, webapi_conversations
from sandbox.slack.call import Method

ALL: tuple[Method, ...] = (
    *webapi_auth.METHODS,
    *webapi_chat.METHODS,
    *webapi_conversations.METHODS,
)
