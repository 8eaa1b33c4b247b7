"""No secret reaches a log line."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from bot import logs
from bot.settings import ROOT

_PARTS = ("xoxb-", "1-canary-token", "xapp-", "1-canary", "sk-ant-", "canary", "shpat_", "canary")


@pytest.mark.parametrize(
    "line",
    [
        "token " + _PARTS[0] + _PARTS[1],
        "opened with " + _PARTS[2] + _PARTS[3],
        "key=" + _PARTS[4] + _PARTS[5],
        "header " + _PARTS[6] + _PARTS[7],
        "postgresql+psycopg://brain:canary@localhost/brain",
        "wss://example.test/link/?ticket=canary&app_id=A1",
        "{'Authorization': 'Bearer canary'}",
        "X-Shopify-Access-Token: canary",
        "?appsecret_proof=canary&limit=5",
        "redis://:canary@localhost:6379/0",
        "unix://:canary@/run/valkey.sock",
        "rediss://user:can@nary/canary@localhost",
        "POST https://hooks.slack.com/commands/T1/2/canary, refused",
        "grant_type=client_credentials&client_id=1&client_secret=canary",
        '{"access_token": "a canary of two words", "expires_in": 86399}',
        "authorization: Basic canary==",
        "[(b'Authorization', b'Bearer canary')]",
        r'{"event": "{\"client_secret\": \"canary\"}"}',
        "SHIPBOB_TOKEN=canary",
        "key pat" + "-na1-canary-1",
        "shp" + "ss_canary",
        "xox" + "e.xoxp-1-canary",
        "EA" + "A" + 4 * "canary",
    ],
)
def test_a_secret_in_a_line_is_hidden(line: str) -> None:
    assert "canary" not in logs.redact(line)


def test_ordinary_words_stay() -> None:
    for line in (
        "collected 250 orders from shopify in 1.2 s; see http://127.0.0.1:3900/",
        "META_TOKEN: Business settings, system user.",
        "{'token': None, 'tokens': 3}, written to a@example.test at 12:30",
        "read http://host:3800/a?mail=x@y and http://host:3800?mail=x@y",
        "no password is as long as this, so nothing looks for its end: ://a:" + 600 * "b" + "@",
    ):
        assert logs.redact(line) == line


_LOGGED = """
import logging, structlog, threading
from bot import logs
logs.set_up("json", "test")
structlog.get_logger().warning("nested", headers=[{"Authorization": "Bearer canary"}], error=ValueError("token=canary"))
try:
    raise ValueError("redis://:canary@localhost")
except ValueError:
    logging.getLogger("library").exception("it failed with %s", {"client_secret": "canary"})
def in_thread():
    raise ValueError("ticket=canary")
thread = threading.Thread(target=in_thread)
thread.start()
thread.join()
raise ValueError("client_secret=canary")
"""


def test_no_value_inside_a_line_and_no_exception_tells_a_secret() -> None:
    done = subprocess.run(
        [sys.executable, "-c", _LOGGED], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    nested, failed, *last = done.stderr.splitlines()
    assert json.loads(nested)["headers"] == [{"Authorization": "[hidden]"}]
    assert "redis://:[hidden]@localhost" in json.loads(failed)["exception"]
    assert last[-1] == "ValueError: client_secret=[hidden]"
    assert "ValueError: ticket=[hidden]" in last
    assert "canary" not in nested + failed
