"""Every Web API method the sandbox has, in one list."""

from __future__ import annotations

from sandbox.slack import (
    webapi_assistant,
    webapi_auth,
    webapi_blocks,
    webapi_chat,
    webapi_conversations,
    webapi_files,
    webapi_reactions,
    webapi_schedule,
    webapi_streams,
    webapi_users,
    webapi_views,
)
from sandbox.slack.call import Method

ALL: tuple[Method, ...] = (
    *webapi_auth.METHODS,
    *webapi_chat.METHODS,
    *webapi_conversations.METHODS,
    *webapi_users.METHODS,
    *webapi_views.METHODS,
    *webapi_reactions.METHODS,
    *webapi_assistant.METHODS,
    *webapi_files.METHODS,
    *webapi_schedule.METHODS,
    *webapi_streams.METHODS,
    *webapi_blocks.METHODS,
)
