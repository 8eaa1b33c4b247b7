"""What a house refuses to start with, in one table: its name, how it is seen, what is said, whether it may be accepted.

What cannot work at all is refused by `bot.refusals`. All of these would work, and be dangerous.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from urllib.parse import parse_qs, urlsplit

from bot import secret_files, wiring
from bot.hook_signature import VARIABLE
from bot.settings import Credentials, Settings
from domain.kernel import point
from domain.kernel.connector import Connector
from domain.kernel.errors import RefusedError
from domain.kernel.policy import Policy
from domain.kernel.vendor_auth import Keyring
from domain.kernel.vendor_guard import is_loopback

_SHORTEST = 8  # letters of a secret
_UNVERIFIED = re.compile(r"[?&]verify=(no|false|off|0|n|f)\b", re.IGNORECASE)  # as Apprise reads it
_SLACK = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN")
CONNECTORS: tuple[Connector, ...] = tuple(one for each in wiring.DEPARTMENTS for one in each.connectors)


@dataclass(frozen=True)
class Scene:
    """All that is known before a start. `powers`: what the role of the given database may do beyond its own tables."""

    found: Settings
    rules: Policy
    environment: Mapping[str, str]
    uid: int = field(default_factory=os.geteuid)
    powers: tuple[str, ...] = ()

    @property
    def is_sandbox(self) -> bool:
        """Whether the Slack it talks to is on this machine."""
        return is_loopback(urlsplit(self.found.slack_api_url).hostname or "")

    @property
    def secrets(self) -> dict[str, str]:
        """Every secret that is set, by name."""
        known = [*_SLACK, *(one.name for at in CONNECTORS for one in at.credentials if one.secret)]
        known += [name for name in self.environment if VARIABLE.fullmatch(name)]
        said = {name: self.environment.get(name, "").strip() for name in known if not name.endswith("_ID")}
        return {name: value for name, value in said.items() if value}


@dataclass(frozen=True)
class Danger:
    """One row. `look` says in a sentence what is dangerous and what to do, or nothing.

    `never`: why nobody may accept it, not even for a day; empty when somebody may.
    """

    flag: str
    look: Callable[[Scene], str]
    never: str = ""


def _fault_points(scene: Scene) -> str:
    return point.problem(dict(scene.environment))


def _unencrypted(scene: Scene) -> str:
    """A token that travels in the open, or to whoever stands in the way."""
    if scene.environment.get("PYTHONHTTPSVERIFY") == "0":
        return "PYTHONHTTPSVERIFY=0 asks that nobody's certificate is checked; unset it."
    for name, url in _addresses(scene):
        parts = urlsplit(url)
        if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
            return f"{name} is not encrypted: tokens would travel in the open; give an address that begins with https."
    return next(_unchecked(scene), "")


def _addresses(scene: Scene) -> Iterator[tuple[str, str]]:
    yield "SLACK_API_URL", scene.found.slack_api_url
    for one in CONNECTORS:
        name = f"{one.key.upper()}_URL"
        if said := scene.environment.get(name):
            yield name, said
        elif said := scene.rules.connector(one.key).url:
            yield f"connectors.{one.key}.url in ops.toml", said


def _unchecked(scene: Scene) -> Iterator[str]:
    """A store on another machine, or the second road, for which certificates were switched off by a word."""
    if _UNVERIFIED.search(scene.environment.get("OPS_ALARM_URLS", "")):
        yield "OPS_ALARM_URLS says verify=no: nobody would know who hears the alarms; remove it."
    off = {"DATABASE_URL": ("sslmode", "disable"), "REDIS_URL": ("ssl_cert_reqs", "none")}
    for name, (key, word) in off.items():
        parts = urlsplit(scene.environment.get(name, ""))
        if parts.hostname and not is_loopback(parts.hostname) and word in parse_qs(parts.query).get(key, ()):
            yield f"{name} says {key}={word} for another machine: nobody would know who answers; remove it."


def _approve_all(scene: Scene) -> str:
    kinds = [action.kind for one in CONNECTORS for action in one.actions]
    for pattern, level in scene.rules.autonomy.start.items():
        if level == "auto" and all(fnmatchcase(kind, pattern) for kind in kinds):
            return f"autonomy.start lets {pattern!r} be done unasked, which is everything; name single kinds instead."
    return ""


def _no_approvers(scene: Scene) -> str:
    if scene.rules.approvals.everyone:
        return ""
    ring = Keyring(Credentials(dict(scene.environment)))
    able = [one.name for one in CONNECTORS if one.writing and not one.writing.missing(ring)]
    named = "and ops.toml names nobody under [approvals] approvers; name two people, or unset it."
    return f"There is a credential to change {able[0]}, {named}" if able else ""


def _root(scene: Scene) -> str:
    """In the sandbox nothing is at stake: a demo may be tried as whoever one is."""
    if scene.uid or scene.is_sandbox:
        return ""
    return "The house would run as root, and a fault in it would be root's; start it as an account of its own."


def _open_port(scene: Scene) -> str:
    if is_loopback(scene.found.ops_web_host) or scene.found.ops_web_behind_proxy:
        return ""
    return (
        f"OPS_WEB_HOST={scene.found.ops_web_host} opens the house's page to other machines unencrypted; put a proxy "
        "with TLS before it and set OPS_WEB_BEHIND_PROXY=1, or unset it."
    )


def _shared_secret(scene: Scene) -> str:
    known: dict[str, str] = {}
    for name, value in scene.secrets.items():
        if (other := known.setdefault(value, name)) != name:
            return f"{name} and {other} are the same secret: who has one has both; make one of its own for each."
    return ""


def _short_secret(scene: Scene) -> str:
    short = [name for name, value in scene.secrets.items() if len(value) < _SHORTEST]
    return f"{short[0]} is shorter than {_SHORTEST} letters, so it can be guessed; make a longer one." if short else ""


def _exposed_files(scene: Scene) -> str:
    for path in secret_files.exposed(scene.environment):
        return f"{path} holds a secret and is not for us alone; run: chmod 600 and chown to the account of the house."
    for path in (scene.found.ops_policy, scene.found.ops_data_dir):
        if path.exists() and path.stat().st_mode & stat.S_IWOTH:
            return f"{path} can be changed by everybody on this machine; run: chmod o-w {path}"
    return ""


def _mighty_database(scene: Scene) -> str:
    if not scene.powers:
        return ""
    return f"The role of DATABASE_URL {scene.powers[0]}; give the house a role that owns its own database and no more."


DANGERS: tuple[Danger, ...] = (
    Danger("fault-points", _fault_points, never="it would lose work"),
    Danger("unencrypted", _unencrypted, never="whoever stands in the way could approve in anybody's name"),
    Danger("approve-all", _approve_all, never="nobody would be asked any more"),
    Danger("no-approvers", _no_approvers),
    Danger("shared-secret", _shared_secret),
    Danger("short-secret", _short_secret),
    Danger("exposed-files", _exposed_files),
    Danger("open-port", _open_port),
    Danger("mighty-database", _mighty_database),
    Danger("root", _root),
)
"""Every danger, the gravest first. What loses work or passes authority by cannot be accepted at all."""


OF_RULES = tuple(one for one in DANGERS if one.flag in ("unencrypted", "approve-all", "no-approvers"))
"""What can be dangerous about a policy: it is not put in force, for every process would refuse to start with it."""


def present(scene: Scene) -> dict[str, str]:
    """The dangers there are: flag -> sentence."""
    return {one.flag: said for one in DANGERS if (said := one.look(scene))}


def refuse(scene: Scene, accepted: Collection[str] = (), rows: Sequence[Danger] = DANGERS) -> None:
    """RefusedError, in one sentence, for the first danger that nobody has accepted."""
    for one in rows:
        if (one.flag not in accepted or one.never) and (said := one.look(scene)):
            way = "" if one.never else f" (For a day it can be accepted: python -m bot run --i-accept={one.flag})"
            raise RefusedError(f"{said}{way}")
