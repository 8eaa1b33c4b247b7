"""The environment and ops.toml, read once into types; whatever is wrong is refused in one sentence."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from bot import ports, secret_files
from domain.kernel.errors import RefusedError
from domain.kernel.policy import Policy

ROOT = Path(__file__).resolve().parent.parent
RESTORING = "restoring"
"""The file in the data directory that says a restore has begun and not ended."""
_VENDOR = re.compile(r"(xox[a-z]|xapp|shp[a-z]{2})[-_]")  # how a token begins that names its vendor
_WORDS = {"undefined", "null", "none", "todo", "replace"}
_EDGES = (
    "changeme",
    "your-",
    "your_",
    "xxx",
    "<",
    "...",
    "placeholder",
    "example",
    "-replace",
    "replace-me",
    "replace_me",
)


class Settings(BaseSettings):
    """What the environment says. Secrets of connectors are read by name through `Credentials`."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=False)

    slack_bot_token: SecretStr | None = None
    slack_app_token: SecretStr | None = None
    slack_api_url: str = "https://slack.com/api/"
    database_url: str | None = None
    redis_url: str | None = None
    ops_policy: Path = ROOT / "bot" / "ops.toml"
    ops_policy_accepted: str = ""
    ops_data_dir: Path = ROOT / "var"
    ops_web_port: Annotated[int, AfterValidator(partial(ports.refuse_none, "OPS_WEB_PORT"))] = 3800
    ops_web_host: str = ports.HOST
    ops_web_behind_proxy: bool = False
    ops_log: Literal["console", "json"] = "console"
    ops_alarm_urls: SecretStr | None = None
    ops_ping_url: SecretStr | None = None


ELSEWHERE = re.compile(
    r"OPS_(DEMO_DIR|PROCESS|FAULT_.+|FASTER|UNDER_TEST|HOOK_.+_SECRET|ALARM_URLS|PING_URL|WATCHDOG_.+)"
)
"""Variables of ours that are read elsewhere than in `Settings`."""


@dataclass(frozen=True)
class Credentials:
    """Secrets of the environment by name; a placeholder counts as a refused configuration."""

    environment: dict[str, str]

    def get(self, name: str) -> str | None:
        """The secret, or None when unset; RefusedError when it is an obvious placeholder."""
        value = self.environment.get(name, "").strip()
        if not value:
            return None
        return refuse_placeholder(name, value)


def refuse_placeholder(name: str, value: str) -> str:
    """Hand `value` back unless it is what a template leaves behind."""
    low = value.lower()
    low = low[found.end() :] if (found := _VENDOR.match(low)) else low
    if low in _WORDS or low.startswith(_EDGES) or low.endswith(_EDGES) or len(set(low)) < 2:
        raise RefusedError(f"{name} still holds a placeholder; put the real value into the environment, or unset it.")
    return value


def refuse_unknown(environment: Iterable[str]) -> None:
    """RefusedError for a variable that begins as ours do and that nobody reads: a misspelt one changes nothing."""
    known = [name.upper() for name in Settings.model_fields]
    for name in environment:
        plain = name.removesuffix("_FILE")
        if name.startswith("OPS_") and plain not in known and not ELSEWHERE.fullmatch(plain):
            near = difflib.get_close_matches(name, known, 1)
            mend = f"did you mean {near[0]}?" if near else "unset it, or correct its spelling."
            raise RefusedError(f"Nobody reads the variable {name}; {mend}")


def settings() -> Settings:
    """The environment as types, with the secrets that files hold; RefusedError names what cannot be read."""
    secret_files.load(os.environ)
    try:
        return Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        raise RefusedError(f"{name} cannot be used: {first['msg']}.") from error


def policy(path: Path, over: Path | None = None) -> Policy:
    """ops.toml as types; RefusedError names the file, the key and what is wrong with it.

    What another file, laid `over` it, says in a section stands in place of what the first says there.
    """
    found = tomllib.loads(read(path))
    for name, section in (tomllib.loads(read(over)) if over else {}).items():
        both = isinstance(section, dict) and isinstance(found.get(name), dict)
        found[name] = found[name] | section if both else section
    return _validated(found, str(over or path))


def parsed(body: str, name: str) -> Policy:
    """The text of a policy as types; RefusedError calls it by `name`."""
    return _validated(tomllib.loads(body), name)


def _validated(found: dict[str, Any], name: str) -> Policy:
    try:
        return Policy.model_validate(found)
    except ValidationError as error:
        raise RefusedError(_sentence(name, error)) from error


def read(path: Path) -> str:
    """The text of a policy; RefusedError when it cannot be read or is not TOML."""
    try:
        body = path.read_text(encoding="utf-8")
        tomllib.loads(body)
    except OSError as error:
        raise RefusedError(
            f"The policy {path} cannot be read ({error.strerror}); set OPS_POLICY to a readable file."
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RefusedError(f"The policy {path} is not valid TOML: {error}.") from error
    return body


def _sentence(path: str, error: ValidationError) -> str:
    """What a person needs to mend the first wrong key."""
    first = error.errors()[0]
    key = ".".join(str(step) for step in first["loc"]) or "(top level)"
    if first["type"] == "extra_forbidden":
        return f"{path}: nobody knows the key {key!r}; remove it or correct its spelling."
    return f"{path}: {key}: {first['msg'].removeprefix('Value error, ')}."


def credentials() -> Credentials:
    """The secrets of this process's environment."""
    return Credentials(dict(os.environ))
