"""Logs: one line per event, JSON in production, and no secret in any of them."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any

import structlog

_SECRETS = re.compile(
    r"(xox[a-z]-|xapp-|sk-ant-|shpat_|whsec_)[\w.-]+"  # tokens by their own marks
    r"|(?<=://)([^:/@\s]+):[^@/\s]+(?=@)"  # the password inside an address
    r"|((?:authorization|x-shopify-access-token|ticket|access_token|appsecret_proof|password)['\"]?\s*[=:]\s*['\"]?"
    r"(?:bearer\s+)?)[^\s'\"&,}]+",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text with every secret replaced by its kind."""
    return _SECRETS.sub(lambda found: f"{found[1] or found[3] or (found[2] + ':' if found[2] else '')}[hidden]", text)


def _hide(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = redact(value)
    return event


def set_up(kind: str, process: str) -> None:
    """Send every line, ours and the libraries', through one form: `json`, or `console` for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
        _hide,
    ]
    last = structlog.processors.JSONRenderer() if kind == "json" else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in ("dbos", "slack_bolt", "slack_sdk", "apscheduler", "aiohttp.access", "alembic", "sqlalchemy"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
