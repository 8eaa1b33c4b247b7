"""Logs: one line per event, JSON in production, and no secret in any of them."""

from __future__ import annotations

import logging
import re
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

import structlog

_NAMES = r"(?:authorization|access[_-]token|ticket|appsecret_proof|password|client_secret)"
_SECRETS = re.compile(
    # A token by its own mark.
    r"(xox[a-z]-|xoxe\.|xapp-|sk-ant-|shp[a-z]{2}_|whsec_|pat-[a-z]{2}\d-|(?-i:EAA)(?=\w{12}))[\w.-]+"
    # An address that is a secret as a whole, and the password inside any other; a port is none. The bound keeps the
    # search linear: a line may be long and come from outside.
    r"|(hooks\.slack(?:-gov)?\.com/)[^\s'\"<>|\\]+"
    r"|((?<=://)[^:/?#@\s'\"]*:(?!\d{1,5}[/?#]))[^\s'\"]{1,512}(?=@)"
    # What stands behind a name in quotes, to the end of its quotes; behind the name of a header; behind `NAME_TOKEN=`.
    r"|((?:token|secret|" + _NAMES + r")\\*['\"]\s*[:,=]\s*b?(?P<quote>\\*['\"]))(?:(?!(?P=quote)).)+"
    r"|(" + _NAMES + r"\s*[:=]\s*(?:(?:bearer|basic)\s+)?)[^\s'\"&,}\\]+"
    r"|((?:token|secret)=)[^\s'\"&,}\\]+",
    re.IGNORECASE,
)


def redact(text: str) -> str:
    """The text with every secret replaced by a word; what tells its kind stays."""
    return _SECRETS.sub(lambda found: f"{next(filter(None, found.groups()), '')}[hidden]", text)


def _redacted(_: Any, __: str, line: Any) -> str:
    """The last step, so that it sees whatever the line shows: nested values, arguments, the text of an exception."""
    return redact(line)


def set_up(kind: str, process: str) -> None:
    """Send every line, ours and the libraries', through one form: `json`, or `console` for people."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    last = structlog.processors.JSONRenderer() if kind == "json" else structlog.dev.ConsoleRenderer(colors=False)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, last, _redacted],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
    for noisy in (
        "dbos",
        "slack_bolt",
        "slack_sdk",
        "apprise",
        "apscheduler",
        "aiohttp.access",
        "alembic",
        "sqlalchemy",
    ):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    sys.excepthook = _last_words
    threading.excepthook = _last_words_of_thread


def _last_words_of_thread(died: threading.ExceptHookArgs) -> None:
    if died.exc_type is not SystemExit:  # a thread that ends on purpose says nothing
        _last_words(died.exc_type, died.exc_value, died.exc_traceback)


def _last_words(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> None:
    """An error that ends the process or a thread of it, as Python prints it, but redacted."""
    print(redact("".join(traceback.format_exception(kind, error, trace))), end="", file=sys.stderr)
