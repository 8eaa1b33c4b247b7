"""No secret reaches a log line."""

from __future__ import annotations

import pytest

from bot import logs

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
    ],
)
def test_a_secret_in_a_line_is_hidden(line: str) -> None:
    assert "canary" not in logs.redact(line)


def test_ordinary_words_stay() -> None:
    line = "collected 250 orders from shopify in 1.2 s; see http://127.0.0.1:3900/"
    assert logs.redact(line) == line
