"""What cannot work is refused at the start: one sentence that says what to do, exit 78, and nothing has changed."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.sandboxed import Part
from bot.stores import Stores
from domain.kernel.errors import EXIT_REFUSED
from tests.e2e.whole_house import ROOT, clean_environment, free_port

NEWER = "9999_from_tomorrow"
OLDER = "0001_facts_and_metrics"


@dataclass(frozen=True)
class Ended:
    """How a program ended, and what it said on its way."""

    code: int
    said: str
    shown: str


def ended(environment: Mapping[str, str], *words: str) -> Ended:
    """Start `python -m ...` as a person would and wait for its end."""
    argv, env = [sys.executable, "-m", *words], dict(environment)
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=60, check=False)
    return Ended(done.returncode, done.stderr, done.stdout)


def assert_refused(found: Ended, *words: str) -> None:
    """One line on stderr with these words, nothing on stdout, exit 78."""
    assert found.code == EXIT_REFUSED, found
    lines = found.said.strip().splitlines()
    assert len(lines) == 1, found.said
    assert "Traceback" not in found.said
    assert lines[0].endswith((".", "head")), found.said
    assert found.shown == ""
    missing = [word for word in words if word not in lines[0]]
    assert missing == [], found.said


def listing(folder: Path) -> list[tuple[str, int, int, int, bytes]]:
    """Everything below a directory: name, mode, owner, time of change, content."""
    found = []
    for path in [folder, *sorted(folder.rglob("*"))]:
        about = path.lstat()
        content = path.read_bytes() if path.is_file() else b""
        found.append((str(path), about.st_mode, about.st_uid, about.st_mtime_ns, content))
    return found


@contextmanager
def unchanged(folder: Path) -> Iterator[None]:
    """Nothing below the directory is made, changed or removed meanwhile."""
    before = listing(folder)
    yield
    assert listing(folder) == before


@pytest.fixture
def folder(place: Path, request: pytest.FixtureRequest) -> Path:
    """An empty directory of the test's own."""
    found = place / f"case-{abs(hash(request.node.nodeid)):x}"
    found.mkdir()
    return found


@pytest.fixture
def sound(folder: Path, slack: Part) -> dict[str, str]:
    """An environment with which a house would start: embedded stores, and both tokens of the sandbox."""
    return {
        **clean_environment(),
        "SLACK_API_URL": f"{slack.url}/api/",
        "SLACK_BOT_TOKEN": "xoxb-sandbox-bot",
        "SLACK_APP_TOKEN": "xapp-sandbox-app",
        "OPS_DATA_DIR": str(folder / "var"),
        "OPS_WEB_PORT": str(free_port()),
    }


@contextmanager
def taken_port() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


# --- the policy -----------------------------------------------------------------------------------------------------

SHIPPED = (ROOT / "bot" / "ops.toml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        pytest.param(SHIPPED.replace("key_skus", "key_skuz"), ("score.key_skuz", "spelling"), id="inside"),
        pytest.param(f"{SHIPPED}\n[chanels]\npulse = 'x'\n", ("chanels", "spelling"), id="section"),
        pytest.param(f"{SHIPPED}\n[connectors.shopfy]\nenabled = true\n", ("shopfy", "shopify"), id="connector"),
        pytest.param("[company\n", ("not valid TOML", "line 1"), id="broken"),
    ],
)
def test_a_rule_that_nobody_knows_is_named(
    folder: Path, sound: dict[str, str], rules: str, words: tuple[str, ...]
) -> None:
    path = folder / "mine.toml"
    path.write_text(rules, encoding="utf-8")
    with unchanged(folder):
        assert_refused(ended({**sound, "OPS_POLICY": str(path)}, "bot", "run"), str(path), *words)


def test_one_process_refuses_a_wrong_policy_as_the_whole_house_does(folder: Path, sound: dict[str, str]) -> None:
    path = folder / "mine.toml"
    path.write_text(f"{SHIPPED}\n[chanels]\npulse = 'x'\n", encoding="utf-8")
    with unchanged(folder):
        assert_refused(ended({**sound, "OPS_POLICY": str(path)}, "bot", "run", "web"), "chanels", "spelling")


def test_a_policy_that_is_not_there_is_told_with_where_to_set_it(folder: Path, sound: dict[str, str]) -> None:
    with unchanged(folder):
        found = ended({**sound, "OPS_POLICY": str(folder / "none.toml")}, "bot", "run")
    assert_refused(found, "none.toml", "No such file", "OPS_POLICY")


def test_a_policy_that_is_a_directory_is_told_with_where_to_set_it(folder: Path, sound: dict[str, str]) -> None:
    with unchanged(folder):
        found = ended({**sound, "OPS_POLICY": str(folder)}, "bot", "run")
    assert_refused(found, str(folder), "directory", "OPS_POLICY")


# --- the tokens -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        pytest.param("SLACK_BOT_TOKEN", "xoxb-your-token-here-...", ("placeholder",), id="placeholder"),
        pytest.param("HUBSPOT_SERVICE_KEY", "changeme", ("placeholder", "unset"), id="vendors placeholder"),
        pytest.param("SLACK_APP_TOKEN", "", ("not set", "xapp-"), id="missing"),
        pytest.param("SLACK_APP_TOKEN", "xoxb-sandbox-bot", ("must begin with xapp-",), id="mistaken"),
        pytest.param("SLACK_BOT_TOKEN", "xoxb-of-another-company", ("invalid_auth", "copy", "set it to"), id="wrong"),
        pytest.param("SLACK_APP_TOKEN", "xapp-of-another-company", ("invalid_auth", "set it to"), id="wrong app"),
    ],
)
def test_a_secret_that_cannot_work_is_named(
    folder: Path, sound: dict[str, str], name: str, value: str, words: tuple[str, ...]
) -> None:
    with unchanged(folder):
        found = ended({**sound, name: value}, "bot", "run")
    assert_refused(found, name, *words)
    assert not value or value not in found.said


# --- the ports ------------------------------------------------------------------------------------------------------


def test_a_web_port_that_is_taken_is_named_with_the_variable_that_moves_it(folder: Path, sound: dict[str, str]) -> None:
    with taken_port() as port, unchanged(folder):
        assert_refused(ended({**sound, "OPS_WEB_PORT": str(port)}, "bot", "run"), str(port), "OPS_WEB_PORT")


@pytest.mark.parametrize("half", ["slack", "vendors"])
def test_a_port_of_the_sandbox_that_is_taken_is_named(folder: Path, sound: dict[str, str], half: str) -> None:
    with taken_port() as port, unchanged(folder):
        found = ended(sound, "sandbox", half, "--port", str(port), "--state", str(folder / "state"))
    assert_refused(found, str(port), "--port")


def test_the_demo_refuses_a_taken_port_before_it_starts_anything(folder: Path, sound: dict[str, str]) -> None:
    with taken_port() as port, unchanged(folder):
        found = ended({**sound, "OPS_DEMO_DIR": str(folder / "demo")}, "bot", "demo", "--port", str(port))
    assert_refused(found, str(port), "ARGS=--port")


# --- the data directory ---------------------------------------------------------------------------------------------


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory to somebody else")
def test_a_data_directory_of_another_user_is_left_alone(folder: Path, sound: dict[str, str]) -> None:
    (folder / "var").mkdir()
    os.chown(folder / "var", 65_534, 65_534)
    with unchanged(folder):
        found = ended(sound, "bot", "run")
    assert_refused(found, str(folder / "var"), "belongs to user", "OPS_DATA_DIR")


def test_a_data_directory_that_another_run_holds_is_left_alone(folder: Path, sound: dict[str, str]) -> None:
    (folder / "var").mkdir(mode=0o711)
    with (folder / "var" / "lock").open("w") as lock, unchanged(folder):
        fcntl.flock(lock, fcntl.LOCK_EX)
        found = ended(sound, "bot", "run")
    assert_refused(found, str(folder / "var"), "stop it first")


# --- the database ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A database somebody else's version has left behind."""

    url: str

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url.replace("+psycopg", ""), autocommit=True) as db:
            answer = db.execute(query.encode())
            return list(answer.fetchall()) if answer.description else []

    def shape(self) -> list[tuple[Any, ...]]:
        """The version, every column of every table, and how often each table was written to."""
        return [
            *self.rows("select version_num from alembic_version"),
            *self.rows("select table_schema, table_name, column_name from information_schema.columns "
                       "where table_schema not in ('pg_catalog', 'information_schema') order by 1, 2, 3"),
        ]  # fmt: skip


@pytest.fixture
def left_behind(request: pytest.FixtureRequest, database_url: str) -> Kept:
    """A database at the schema version of the parameter."""
    found = Kept(database_url)
    found.rows(f"update alembic_version set version_num = '{request.param}'")
    return found


@pytest.mark.parametrize(
    ("left_behind", "words", "says"),
    [
        pytest.param(NEWER, ("bot", "run"), (NEWER, "use that version", "backup"), id="newer, house"),
        pytest.param(NEWER, ("bot", "run", "scheduler"), (NEWER, "use that version", "backup"), id="newer, process"),
        pytest.param(OLDER, ("bot", "run", "scheduler"), (OLDER, "alembic upgrade head"), id="older, process"),
    ],
    indirect=["left_behind"],
)
def test_a_database_of_another_version_is_left_as_it_is(
    folder: Path, sound: dict[str, str], stores: Stores, left_behind: Kept, words: tuple[str, ...], says: tuple[str, ...]
) -> None:
    before = left_behind.shape()
    urls = {"DATABASE_URL": left_behind.url, "REDIS_URL": stores.redis_url or ""}
    with unchanged(folder):
        found = ended({**sound, **urls}, *words)
    assert_refused(found, *says)
    assert left_behind.shape() == before
