"""docs/integrations.md: every vendor, credential, stream and action; where a key comes from and what breaks without."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot import wiring
from bot.settings import ELSEWHERE, Settings
from domain.kernel.action import Action
from domain.kernel.connector import Connector, Credential, Stream
from domain.watch import credentials
from handlers import manifest, menu
from jobs.timetable import TIMETABLE

PATH = "docs/integrations.md"
CONNECTORS = tuple(one for each in wiring.DEPARTMENTS for one in each.connectors)
_HEAD = f"""# Integrations

Written by `python -m bot documents`. When a key's end is known, set `NAME_EXPIRES=2027-01-31` beside it: people are
told {", ".join(str(stage) for stage in credentials.STAGES[:-1])} days before and on the day.
`python -m bot doctor` tries every key.
"""
_SLACK = "api.slack.com/apps, your app: "
_HOUSE = (
    ("SLACK_BOT_TOKEN", f"{_SLACK}Install App", "until it is revoked", "everything in Slack"),
    ("SLACK_APP_TOKEN", f"{_SLACK}Basic Information, App-Level Tokens", "until revoked", "what people type and press"),
    ("DATABASE_URL", "your PostgreSQL; embedded when unset", "as its password", "everything"),
    ("REDIS_URL", "your Redis; embedded when unset", "as its password", "nothing: all works, more slowly"),
    ("OPS_ALARM_URLS", "Apprise addresses, separated by spaces", "as each of them", "alarms while Slack is away"),
    ("OPS_PING_URL", "a dead-man's switch that speaks Healthchecks", "as it says", "the word that the house lives"),
    ("OPS_HOOK_NAME_SECRET", "made by you, one for each sender NAME", "until you change it", "work from that sender"),
    ("OPS_WATCHDOG_URLS", "Apprise addresses of the watchdog's own", "as each of them", "what the watchdog tells"),
    ("OPS_WATCHDOG_SLACK_TOKEN", "an app of its own with channels:history", "until revoked", "its own look into Slack"),
)
_NEEDED = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
HOUSE = tuple(Credential(*one, optional=one[0] not in _NEEDED) for one in _HOUSE)
"""What the house itself is given; none of it stands in a file of the program."""


def text() -> str:
    """The whole document."""
    told = ("\n".join(_vendor(one)) for one in CONNECTORS)
    return "\n".join([_HEAD, "\n".join(_credentials("The house itself", HOUSE)), "\n".join(_slack()), *told])


def missing() -> Iterator[str]:
    """Secrets the house reads that no line tells of."""
    told = {one.name for one in HOUSE}
    read = {name.upper() for name, one in Settings.model_fields.items() if "Secret" in str(one.annotation)}
    yield from (f"the secret {name} is not told of" for name in sorted(read - told))
    strange = {name for name in told - {"DATABASE_URL", "REDIS_URL"} - read if not ELSEWHERE.fullmatch(name)}
    yield from (f"nobody reads {name}" for name in sorted(strange))


def _credentials(heading: str, several: Sequence[Credential]) -> Iterator[str]:
    yield f"## {heading}\n"
    yield "| variable | where it comes from | how long it lives | what stops without it |"
    yield "|---|---|---|---|"
    for one in several:
        need = " (optional)" if one.optional else ""
        yield f"| `{one.name}`{need} | {_cell(one.where)} | {_cell(one.lives)} | {_cell(one.breaks)} |"
    yield ""


def _slack() -> Iterator[str]:
    """What Slack must allow, and what needs it."""
    yield "### Slack's rights\n"
    yield "| scope | what needs it |"
    yield "|---|---|"
    for scope in manifest.scopes(menu.MENU):
        methods = [name for name, needed in manifest.METHODS.items() if scope in needed]
        events = [name for name in manifest.events(menu.MENU) if scope in manifest.EVENT_SCOPES.get(name, ())]
        yield f"| `{scope}` | {', '.join([*methods, *events]) or 'slash commands and shortcuts'} |"
    yield ""


def _vendor(one: Connector) -> Iterator[str]:
    yield from _credentials(one.name, one.credentials)
    yield f"Version {one.version}, ends on {one.sunset:%Y-%m-%d}. Asked at `{one.url}`."
    yield f"Rights to read: {', '.join(f'`{scope}`' for scope in one.scopes)}.\n"
    yield "| stream | brings | read | too old after | facts |"
    yield "|---|---|---|---|---|"
    for stream in one.streams:
        yield _stream(one, stream)
    yield ""
    if one.actions:
        yield "| action | risk | undo | rights | looked up under our key |"
        yield "|---|---|---|---|---|"
        yield from (_action(each) for each in one.actions)
        yield ""


def _stream(one: Connector, stream: Stream) -> str:
    name = f"{one.key}.{stream.key}"
    jobs = [job.name for job in TIMETABLE if job.args.get("source") == name]
    hours = stream.stale_after.total_seconds() / 3600
    fields = ", ".join(need.path for need in stream.needs)
    return f"| `{name}` | {_cell(fields)} | by the job {', '.join(jobs)} | {hours:g} h | {stream.kind} |"


def _action(one: Action) -> str:
    rights = ", ".join(f"`{scope}`" for scope in one.scopes)
    undo = "yes" if one.undo is not None else "no, so it is always asked for"
    looked = "at once" if not one.settles else f"after {one.settles.total_seconds():g} s"
    return f"| `{one.kind}`: {one.title} | {one.risk} | {undo} | {rights} | {looked} |"


def _cell(words: str) -> str:
    """Words as they may stand in a table."""
    return re.sub(r"\s+", " ", words).replace("|", "\\|")
