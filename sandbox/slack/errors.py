"""How a Web API method says no."""

from __future__ import annotations

from typing import Any


class SlackError(Exception):
    """The call was refused with one of Slack's error words."""

    def __init__(self, code: str, status: int = 200, retry_after: int = 0, **extra: Any) -> None:
        super().__init__(code)
        self.code = code
        self.status = status
        self.retry_after = retry_after
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON body of the refusal."""
        return {"ok": False, "error": self.code, **self.extra}


def invalid_blocks(problems: list[dict[str, Any]]) -> SlackError:
    """Refused blocks, with the reasons where Slack puts them."""
    lines = [f"[ERROR] {problem['message']} [json-pointer:{problem['pointer']}]" for problem in problems]
    return SlackError("invalid_blocks", errors=[p["message"] for p in problems], response_metadata={"messages": lines})
