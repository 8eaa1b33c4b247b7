"""A configuration that cannot work is refused: one sentence that says what to do, exit 78, nothing changed."""

from __future__ import annotations

import fcntl
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from bot import refusals, sandboxed, schema, settings, stores
from bot.sandboxed import Part
from bot.stores import Stores
from domain.kernel.errors import RefusedError, TransientError
from tests.e2e.whole_house import ROOT, House, Person, clean_environment, free_port, until

pytestmark = pytest.mark.timeout(300)
TOKENS = {"SLACK_BOT_TOKEN": "xoxb-sandbox-bot", "SLACK_APP_TOKEN": "xapp-sandbox-app"}
SHIPPED = (ROOT / "bot" / "ops.toml").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def open_slack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Part]:
    """A Slack that knows the sandbox's two tokens and no others."""
    part = sandboxed.start("slack", 0, tmp_path_factory.mktemp("slack"))
    yield part
    sandboxed.stop(part)


def listing(folder: Path) -> list[tuple[str, int, int, bytes]]:
    """Everything below a directory: names, modes, owners, contents."""
    found = []
    for path in sorted(folder.rglob("*")):
        about = path.lstat()
        found.append((str(path), about.st_mode, about.st_uid, path.read_bytes() if path.is_file() else b""))
    return found


def refused(*words: str, **environment: str) -> str:
    """Run `python -m bot ...`: the one sentence it ends with; nothing appears on its standard output."""
    env = {**clean_environment(), "OPS_WEB_PORT": "0", **environment}
    argv = [sys.executable, "-m", "bot", *words]
    done = subprocess.run(argv, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 78, done.stderr
    assert done.stdout == ""
    (sentence,) = done.stderr.splitlines()
    assert sentence[0].isupper() or "/" in sentence.split(" ")[0]
    return sentence


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        place.bind(("127.0.0.1", port))
        place.listen()
        yield int(place.getsockname()[1])


# --- by the policy, before anything is asked or started ---------------------------------------------------------------

POLICIES = {
    "a key": (SHIPPED.replace("[company]", '[company]\nmotto = ""'), "nobody knows the key 'company.motto'; remove"),
    "a section": (SHIPPED + "\n[slak]\nconnections = 1\n", "nobody knows the key 'slak'; remove it"),
    "a job": (SHIPPED + "\n[jobs.odrers]\nenabled = false\n", "nobody knows the job 'odrers'; there are: ads, "),
    "a connector": (SHIPPED + "\n[connectors.shopfy]\nenabled = false\n", "nobody knows the connector 'shopfy'"),
    "a metric": (SHIPPED + '\n[targets.aov]\nvalue = "9"\n', "nobody knows the metric 'aov'; there are: "),
    "a weight": (SHIPPED.replace("weight = 0.30", "weight = 0.40"), "the weights of the parts add up to 1.1, not to 1"),
    "an operator": (SHIPPED.replace('"above"', '"over"'), "nobody knows the operator 'over'; there are: is, "),
    "a department": (SHIPPED.replace('t = "sales"', 't = "sails"'), "nobody knows the department 'sails'; there are: "),
    "an owner": (SHIPPED.replace("ons.owners]", 'ons.owners]\nsails = ""'), "nobody knows the department 'sails'"),
    "what follows": (SHIPPED + '\n[[work.following]]\nafter = "x"\nwords = "y"\n', "nobody knows the category 'x'"),
    "a job's failures": (SHIPPED + "\n[failures.jobs.odrers]\n", "nobody knows the job 'odrers'; there are: ads, "),
    "an action": (SHIPPED.replace("pause_ad_set", "pause_adset"), "nobody knows the action 'meta.pause_adset'"),
    "who may allow it": (SHIPPED.replace("s.kinds]", 's.kinds]\n"mta.*" = ["x"]'), "nobody knows the action 'mta.*'"),
    "what is forbidden": (SHIPPED.replace("en = []", 'en = ["meta.pause_adset"]'), "nobody knows the action 'meta.pa"),
    "what is unasked": (SHIPPED.replace("y.start]", 'y.start]\n"meta.x" = "auto"'), "nobody knows the action 'meta.x'"),
    "a zone": (SHIPPED.replace("Europe/London", "Europe/Londn"), "'Europe/Londn' is not a time zone of the IANA list"),
    "its form": ("company = ", "is not valid TOML"),
    "its letters": ("company = \udcff", "is not valid TOML"),
}


@pytest.mark.parametrize("what", POLICIES)
def test_a_policy_with_something_wrong_is_refused_by_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    words, told = POLICIES[what]
    policy = tmp_path / "ops.toml"
    policy.write_bytes(words.encode(errors="surrogateescape"))
    monkeypatch.setenv("OPS_POLICY", str(policy))
    with pytest.raises(RefusedError) as caught:
        refusals.check(settings.settings())
    assert told in caught.value.detail
    assert "\n" not in caught.value.detail


def test_an_unknown_key_ends_the_house_before_it_begins(tmp_path: Path) -> None:
    policy = tmp_path / "ops.toml"
    policy.write_text(SHIPPED + "\n[compny]\n", encoding="utf-8")
    before = listing(tmp_path)
    said = refused("run", OPS_POLICY=str(policy), OPS_DATA_DIR=str(tmp_path / "var"), **TOKENS)
    assert said == f"{policy}: nobody knows the key 'compny'; remove it or correct its spelling."
    assert listing(tmp_path) == before


def test_a_policy_that_cannot_be_read_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (tmp_path, tmp_path / "missing.toml"):
        monkeypatch.setenv("OPS_POLICY", str(path))
        with pytest.raises(RefusedError, match=r"cannot be read \(.*\); set OPS_POLICY to a readable file\."):
            refusals.check(settings.settings())


# --- by secrets and addresses -----------------------------------------------------------------------------------------


def test_a_secret_that_a_template_left_behind_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("SHOPIFY_TOKEN", "changeme"), ("META_TOKEN", "<token>"), ("HUBSPOT_SERVICE_KEY", "undefined")):
        monkeypatch.setenv(name, value)
        with pytest.raises(RefusedError, match=f"{name} still holds a placeholder; put the real value"):
            refusals.check(settings.settings())
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "value",
    ["xoxb-your-token", "xoxb-your-bot-token", "xapp-your-app-token", "xoxb-123-REPLACE", "xapp-<token>", "shpat_xxxx"],
)
def test_a_placeholder_behind_the_vendors_own_beginning_is_refused(value: str) -> None:
    with pytest.raises(RefusedError, match="still holds a placeholder"):
        settings.refuse_placeholder("ONE", value)


def test_a_short_or_odd_name_is_no_placeholder() -> None:
    for value in ("aba", "nonesuch", "todos-and-co", "replacement-parts", "xoxb-sandbox-bot"):
        assert settings.refuse_placeholder("SHOPIFY_SHOP", value) == value


def test_an_end_of_a_credential_that_is_no_date_is_refused_by_every_process(tmp_path: Path) -> None:
    wrong = {"META_TOKEN_EXPIRES": "31.1.2027", "OPS_DATA_DIR": str(tmp_path)}
    for words in (["run"], ["run", "bot"]):
        said = refused(*words, **wrong, **TOKENS)
        assert said == "META_TOKEN_EXPIRES is not a date such as 2027-01-31: '31.1.2027'; correct it, or unset it."
    assert listing(tmp_path) == []


@pytest.mark.parametrize(
    ("tokens", "told"),
    [
        ({}, "SLACK_BOT_TOKEN is not set; copy the token that begins with xoxb-"),
        ({"SLACK_BOT_TOKEN": "xoxb-1-somebody-else"}, "SLACK_APP_TOKEN is not set"),
        ({"SLACK_BOT_TOKEN": "changeme", "SLACK_APP_TOKEN": "changeme"}, "SLACK_BOT_TOKEN still holds a placeholder"),
        ({**TOKENS, "SLACK_BOT_TOKEN": "xoxb-1-somebody-else"}, "Slack does not accept SLACK_BOT_TOKEN (invalid_auth)"),
        ({**TOKENS, "SLACK_APP_TOKEN": "xapp-1-another"}, "Slack does not accept SLACK_APP_TOKEN (invalid_auth)"),
    ],
    ids=["missing", "one of two", "placeholder", "wrong bot token", "wrong app token"],
)
async def test_a_token_that_cannot_work_is_refused(
    monkeypatch: pytest.MonkeyPatch, open_slack: Part, tokens: dict[str, str], told: str
) -> None:
    for name in TOKENS:
        monkeypatch.delenv(name, raising=False)
    for name, value in {**tokens, "SLACK_API_URL": f"{open_slack.url}/api/"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(RefusedError) as caught:
        await refusals._try_tokens(settings.settings())
    assert caught.value.detail.startswith(told)
    assert "https://api.slack.com/apps" in caught.value.detail or "put the real value" in caught.value.detail


def test_a_token_is_refused_before_anything_starts(tmp_path: Path, open_slack: Part) -> None:
    tokens = {**TOKENS, "SLACK_BOT_TOKEN": "xoxb-1-somebody-else", "SLACK_API_URL": f"{open_slack.url}/api/"}
    said = refused("run", OPS_DATA_DIR=str(tmp_path / "var"), **tokens)
    assert said.startswith("Slack does not accept SLACK_BOT_TOKEN (invalid_auth)")
    assert listing(tmp_path) == []


def test_an_address_of_a_store_that_is_none_is_refused(tmp_path: Path, open_slack: Part) -> None:
    with pytest.raises(RefusedError, match="DATABASE_URL must begin with postgresql://"):
        stores.given({"DATABASE_URL": "mysql://x/y"})
    for wrong in ("redis://localhost:99999", "redis://:hush@localhost:port"):
        with pytest.raises(RefusedError, match="REDIS_URL is not an address such as"):
            stores.given({"REDIS_URL": wrong})
    slack = {**TOKENS, "SLACK_API_URL": f"{open_slack.url}/api/", "OPS_DATA_DIR": str(tmp_path / "var")}
    assert refused("run", REDIS_URL="localhost:6379", **slack).startswith("REDIS_URL must begin with redis://")
    assert listing(tmp_path) == []


# --- by what others hold ----------------------------------------------------------------------------------------------


def test_a_port_of_the_house_that_is_taken_is_refused(tmp_path: Path, open_slack: Part) -> None:
    with taken() as port:
        said = refused("run", OPS_DATA_DIR=str(tmp_path / "var"), OPS_WEB_PORT=str(port), **TOKENS)
    assert said == f"The port {port} is taken; set OPS_WEB_PORT to a free one."
    assert listing(tmp_path) == []


@pytest.mark.parametrize("port", ["99999", "65536", "-1"])
def test_a_number_that_no_port_has_is_refused(monkeypatch: pytest.MonkeyPatch, port: str) -> None:
    monkeypatch.setenv("OPS_WEB_PORT", port)
    with pytest.raises(RefusedError, match=f"^OPS_WEB_PORT is {port}, which is not a port; give a number from 1 to"):
        settings.settings()


@pytest.mark.parametrize("port", ["65535", "-2"])
def test_the_sandbox_takes_no_such_number_either(tmp_path: Path, port: str) -> None:
    said = refused("demo", "--once", "--port", port, OPS_DEMO_DIR=str(tmp_path / "demo"))
    assert "which is not a port; give a number from 1 to 65535." in said
    assert listing(tmp_path) == []


@pytest.mark.parametrize("which", ["slack", "vendors"])
def test_a_port_of_the_sandbox_that_is_taken_is_refused(tmp_path: Path, which: str) -> None:
    with taken() as port:
        first = port if which == "slack" else port - 1
        said = refused("demo", "--once", "--port", str(first), OPS_DEMO_DIR=str(tmp_path / "demo"))
    assert said.startswith(f"The port {port} is taken; stop what listens there, or take two others: make demo")
    assert listing(tmp_path) == []


def test_a_data_directory_of_another_user_is_refused(tmp_path: Path, open_slack: Part) -> None:
    theirs = tmp_path / "var"
    theirs.mkdir()
    if os.geteuid() == 0:
        os.chown(theirs, 54321, 54321)
    else:
        theirs = Path("/usr/share")
    before = listing(tmp_path)
    said = refused("run", SLACK_API_URL=f"{open_slack.url}/api/", OPS_DATA_DIR=str(theirs), **TOKENS)
    assert said.startswith(f"The data directory {theirs} belongs to user ")
    assert said.endswith("or set OPS_DATA_DIR.")
    assert listing(tmp_path) == before


def test_a_data_directory_of_another_run_is_refused(tmp_path: Path, open_slack: Part) -> None:
    held = tmp_path / "var"
    held.mkdir()
    (held / "postgres").mkdir(mode=0o700)
    with (held / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = listing(tmp_path)
        said = refused("run", SLACK_API_URL=f"{open_slack.url}/api/", OPS_DATA_DIR=str(held), **TOKENS)
        assert said == f"Another run holds {held}; stop it first, or set OPS_DATA_DIR."
        assert listing(tmp_path) == before


# --- by the database --------------------------------------------------------------------------------------------------


@pytest.fixture
def newer(stores: Stores, database_url: str) -> Iterator[str]:
    """A database that a later version of this program has made."""
    with psycopg.connect(libpq(database_url), autocommit=True) as db:
        db.execute("update alembic_version set version_num = 'of_2031'")
        db.execute(
            "select pg_stat_force_next_flush()"
        )  # else this very update may be counted later, as if it were theirs
        yield database_url
        db.execute("update alembic_version set version_num = %s", [schema.head()])


def libpq(url: str) -> str:
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def contents(url: str) -> list[tuple[object, ...]]:
    """Every table and how often its rows were ever written."""
    with psycopg.connect(libpq(url)) as db:
        tables = db.execute(
            "select schemaname, relname, n_tup_ins, n_tup_upd, n_tup_del from pg_stat_all_tables "
            "where schemaname in ('public', 'dbos') order by 1, 2"
        ).fetchall()
        return [*tables, *db.execute("select version_num from alembic_version").fetchall()]


def test_a_database_of_another_version_is_refused_and_left_alone(
    tmp_path: Path, stores: Stores, newer: str, open_slack: Part
) -> None:
    before = contents(newer)
    where = {"DATABASE_URL": newer, "REDIS_URL": str(stores.redis_url), "OPS_DATA_DIR": str(tmp_path / "var")}
    slack = {**TOKENS, "SLACK_API_URL": f"{open_slack.url}/api/"}
    for words in (["run"], ["run", "scheduler"]):
        assert refused(*words, **where, **slack) == (
            "The database was made by another version of this program (schema of_2031 is unknown here); "
            "use that version, or restore a backup made by this one."
        )
    assert contents(newer) == before
    assert listing(tmp_path) == []


def test_one_process_does_not_run_on_an_older_database(tmp_path: Path, stores: Stores, newer: str) -> None:
    with psycopg.connect(libpq(newer), autocommit=True) as db:
        db.execute("update alembic_version set version_num = '0001'")
    before = contents(newer)
    said = refused("run", "scheduler", DATABASE_URL=newer, REDIS_URL=str(stores.redis_url), OPS_DATA_DIR=str(tmp_path))
    assert said == f"The database is at schema 0001, this code needs {schema.head()}; run: alembic upgrade head"
    assert contents(newer) == before
    assert listing(tmp_path) == []


def test_a_database_that_does_not_let_us_in_is_refused(stores: Stores, database_url: str) -> None:
    wrong = make_url(database_url).set(password="somebody-elses").render_as_string(hide_password=False)
    said = refused("run", "scheduler", DATABASE_URL=wrong, REDIS_URL=str(stores.redis_url), **TOKENS)
    assert said.startswith("The database refuses us (")
    assert said.endswith("correct DATABASE_URL.")
    assert "somebody-elses" not in said


@pytest.mark.parametrize(
    ("address", "told"),
    [
        (
            "postgresql://u:hush@no.such.machine.invalid/x",
            "names the machine no.such.machine.invalid, which",
        ),
        ("postgresql://u:hush@localhost:99999/x", "The port in DATABASE_URL is 99999, which is not a port"),
        ("postgresql://u:hush/x", "DATABASE_URL is not an address such as postgresql://user:password@host:5432/name"),
    ],
)
def test_an_address_where_no_database_can_be_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str, told: str
) -> None:
    monkeypatch.setenv("DATABASE_URL", address)
    url, _ = stores.given(os.environ)
    with pytest.raises(RefusedError) as caught:
        schema.refuse_no_address(str(url))
    assert told in caught.value.detail
    assert "hush" not in caught.value.detail


@pytest.mark.parametrize(("word", "final"), [("NONAME", True), ("NODATA", True), ("AGAIN", False), ("FAIL", False)])
def test_only_a_name_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch, word: str, *, final: bool) -> None:
    def asked(host: str, port: object) -> None:
        raise socket.gaierror(getattr(socket, f"EAI_{word}"), host)

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    with pytest.raises(RefusedError) if final else nullcontext():
        schema.refuse_no_address("postgresql://u:p@shop.example/x")


def test_an_unknown_machine_leaves_nothing_behind(tmp_path: Path, open_slack: Part) -> None:
    slack = {**TOKENS, "SLACK_API_URL": f"{open_slack.url}/api/", "OPS_DATA_DIR": str(tmp_path / "var")}
    said = refused("run", DATABASE_URL="postgresql://u:p@no.such.machine.invalid/x", **slack)
    assert said == "DATABASE_URL names the machine no.such.machine.invalid, which nobody knows; correct it."
    assert listing(tmp_path) == []


def test_a_database_that_is_away_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def ask(url: str) -> None:
        asked.append(url)
        if len(asked) == 1:
            schema.current(url)

    schema.await_answer(ask, f"postgresql+psycopg://u:p@127.0.0.1:{free_port()}/x")
    assert len(asked) == 2
    monkeypatch.setattr(schema, "_WITHIN", 0.0)
    with pytest.raises(TransientError, match="The database does not answer"):
        schema.await_answer(schema.require_known, asked[0])


# --- while the house runs ---------------------------------------------------------------------------------------------


def test_a_token_that_turns_out_wrong_later_ends_the_house_with_its_sentence(
    tmp_path: Path, stores: Stores, database_url: str, open_slack: Part
) -> None:
    person = Person(open_slack.url)
    person.do("fault", kind="http", method="auth.test", status=503)
    environment = {
        **clean_environment(), **TOKENS, "SLACK_BOT_TOKEN": "xoxb-1-somebody-else", "OPS_WEB_PORT": str(free_port()),
        "SLACK_API_URL": f"{open_slack.url}/api/", "OPS_DATA_DIR": str(tmp_path), "DATABASE_URL": database_url,
        "REDIS_URL": str(stores.redis_url),
    }  # fmt: skip
    house = House(tmp_path, environment)
    house.start()
    try:
        until(lambda: "run: started " in house.said(), what="a house that waits for Slack")
        person.do("fault", kind="clear")
        assert house.process
        assert house.process.wait(60) == 78
    finally:
        house.close()
    last = house.said().splitlines()[-1]
    assert last.startswith("run: stopped, because the configuration is refused: Slack does not accept SLACK_BOT_TOKEN")
    assert house.left() == []
