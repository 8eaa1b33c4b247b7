"""The face of every department is drawn by the page itself, whatever fonts a machine has."""

from __future__ import annotations

import re

from bot.wiring import DEPARTMENTS
from sandbox.slack.server import PAGE


def test_every_department_has_a_drawn_face() -> None:
    drawn = set(re.findall(r"^  (\w+): ", (PAGE / "emoji_art.js").read_text(), re.MULTILINE))
    assert {one.icon.strip(":") for one in DEPARTMENTS} <= drawn
