"""/health: is the house itself well?"""

from __future__ import annotations

from domain.kernel import recent
from domain.kernel.ports import Ops
from domain.watch import health
from handlers import guide
from handlers.surface import Answer, Ask, Command, Example, Surface


async def run(ops: Ops, ask: Ask) -> Answer:
    """Processes, jobs, sources and stores, each with its last sign of life."""
    words = ask.text.lower().split()
    if words in (["help"], ["?"]):
        return Answer(guide.of_command(HEALTH))
    if words not in ([], ["share"]):
        return Answer(guide.of_command(HEALTH, f"“{ask.text}” is not a subcommand of /health."))
    return Answer(await recent.card(ops, "health", health.card), share=words == ["share"])


HEALTH = Command(
    "/health",
    "Is the house itself well: processes, jobs, sources.",
    "[share]",
    (
        Example("/health", "how every process, job and source is, only for you"),
        Example("/health share", "the same for this channel"),
        Example("/health help", "this list"),
    ),
    run,
)
SURFACE = Surface("health", "Is the house itself well?", commands=(HEALTH,))
