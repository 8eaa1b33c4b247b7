"""/ops: why something was done, what waits for a person, and what the house may do; one word per feature."""

from __future__ import annotations

from dataclasses import replace

from domain.kernel.ports import Ops
from handlers import actions, alarms, approvals, autonomy, escalations, guide, jobs, policy, rules, why
from handlers.surface import Answer, Ask, Command, Dialog, Example, Sub, Surface

SUBS: tuple[Sub, ...] = (
    *why.SUBS,
    *escalations.SUBS,
    *approvals.SUBS,
    *autonomy.SUBS,
    *actions.SUBS,
    *rules.SUBS,
    *jobs.SUBS,
    *policy.SUBS,
    *alarms.SUBS,
)
"""Every word of /ops; a feature exports its own and is named here once."""
_HELP = ("help", "?")


async def run(ops: Ops, ask: Ask) -> Answer | Dialog | None:
    """Do the first word with the rest of the line; without one that is known, say privately what there is."""
    word, _, rest = ask.text.strip().partition(" ")
    sub = next((one for one in SUBS if one.name == word.lower()), None)
    if sub is None:
        about = next((one for one in SUBS if word.lower() in _HELP and one.name == rest.strip().lower()), None)
        unknown = bool(word) and word.lower() not in _HELP
        problem = f"“{word}” is not a subcommand of /ops." if unknown else ""
        return Answer(guide.of_sub(about) if about else guide.of_command(OPS, problem))
    if rest.strip().lower() in _HELP:
        return Answer(guide.of_sub(sub))
    return await sub.run(ops, replace(ask, text=rest.strip()))


OPS = Command(
    "/ops",
    "What the house did and why, and what waits for you.",
    " | ".join(sub.name for sub in SUBS),
    (
        Example("/ops", "everything this command knows"),
        *(Example(sub.example, sub.does) for sub in SUBS),
        Example("/ops help", "this list; /ops help and a word explains that one"),
    ),
    run,
)
SURFACE = Surface("ops", "What the house did and why, and what waits for you.", commands=(OPS,))
