"""What would work and be dangerous is refused by name, unless somebody accepted it for a day."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from bot import __main__, acceptances, dangers, schema, secret_files, settings
from bot.dangers import DANGERS, Scene
from bot.stores import Stores
from domain.kernel.errors import RefusedError

ROOT = Path(__file__).resolve().parents[2]
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
SECRETS = {"SLACK_BOT_TOKEN": "xoxb-1-ours-alone", "SLACK_APP_TOKEN": "xapp-1-ours-alone"}
RULES = settings.policy(ROOT / "bot" / "ops.toml")


def scene(environment: dict[str, str] | None = None, uid: int = 1000, **more: Any) -> Scene:
    """A house on the real Slack, run by an account of its own, with nothing dangerous about it."""
    return Scene(settings.Settings(**more), RULES, {**SECRETS, **(environment or {})}, uid)


def with_rules(**sections: Any) -> Scene:
    """The same with other rules."""
    changed = {**RULES.model_dump(), **sections}
    said = {"SHIPBOB_WRITE_TOKEN": "a-token-that-writes"}
    return Scene(settings.Settings(), type(RULES).model_validate(changed), {**SECRETS, **said}, 1000)


NOBODY = RULES.approvals.model_dump() | {"approvers": (), "deputy": "", "kinds": {}}
CASES: dict[str, list[tuple[Scene, str]]] = {
    "fault-points": [(scene({"OPS_FAULT_AT": "acked"}), "OPS_FAULT_AT makes the house end")],
    "unencrypted": [
        (scene({"PYTHONHTTPSVERIFY": "0"}), "PYTHONHTTPSVERIFY=0 asks that nobody's certificate is checked"),
        (scene(slack_api_url="http://slack.example/api/"), "SLACK_API_URL is not encrypted"),
        (scene({"META_URL": "http://meta.example"}), "META_URL is not encrypted"),
        (with_rules(connectors={"meta": {"url": "http://x.example"}}), "connectors.meta.url in ops.toml is not encry"),
        (scene({"DATABASE_URL": "postgresql://u@db.example/x?sslmode=disable"}), "DATABASE_URL says sslmode=disable"),
        (
            scene({"OPS_ALARM_URLS": "jsons://one.example jsons://b.example/?verify=no"}),
            "OPS_ALARM_URLS says verify=no",
        ),
        (scene({"REDIS_URL": "rediss://x.example?ssl_cert_reqs=none"}), "REDIS_URL says ssl_cert_reqs=none"),
    ],
    "approve-all": [(with_rules(autonomy={"start": {"*": "auto"}}), "autonomy.start lets '*' be done unasked")],
    "no-approvers": [
        (with_rules(approvals=NOBODY), "There is a credential to change ShipBob, and ops.toml names nobody")
    ],
    "shared-secret": [
        (
            scene({"META_TOKEN": "one-and-the-same", "META_WRITE_TOKEN": "one-and-the-same"}),
            "META_WRITE_TOKEN and META_",
        ),
    ],
    "short-secret": [(scene({"SHIPBOB_TOKEN": "hush"}), "SHIPBOB_TOKEN is shorter than 8 letters")],
    "open-port": [(scene(ops_web_host="0.0.0.0"), "OPS_WEB_HOST=0.0.0.0 opens the house's page")],
    "root": [(scene(uid=0), "The house would run as root")],
}


@pytest.mark.parametrize("flag", CASES)
def test_each_danger_is_refused_by_its_name_and_only_that_one_is_seen(flag: str) -> None:
    for seen, told in CASES[flag]:
        assert list(dangers.present(seen)) == [flag]
        with pytest.raises(RefusedError) as caught:
            dangers.refuse(seen)
        assert told in caught.value.detail
        assert "\n" not in caught.value.detail


def test_what_is_in_order_is_not_refused() -> None:
    local = {"SLACK_API_URL": "http://127.0.0.1:3900/api/"}
    assert dangers.present(scene()) == {}
    assert dangers.present(with_rules()) == {}
    assert dangers.present(scene({"OPS_FAULT_AT": "acked", "OPS_UNDER_TEST": "1"})) == {}
    assert dangers.present(scene(uid=0, slack_api_url=local["SLACK_API_URL"])) == {}
    assert dangers.present(scene(ops_web_host="10.0.0.5", ops_web_behind_proxy=True)) == {}
    assert dangers.present(scene({"META_URL": "http://127.0.0.1:1", "REDIS_URL": "redis://10.0.0.5:6379/0"})) == {}


@pytest.mark.parametrize("one", DANGERS, ids=lambda one: one.flag)
def test_accepted_for_a_day_it_passes_unless_it_may_never_be(one: dangers.Danger) -> None:
    for seen, _ in CASES.get(one.flag, []):
        if one.never:
            with pytest.raises(RefusedError):
                dangers.refuse(seen, [one.flag])
        else:
            dangers.refuse(seen, [one.flag])
            with pytest.raises(RefusedError, match=rf"For a day it can be accepted: .* --i-accept={one.flag}\)$"):
                dangers.refuse(seen, ["another"])


def test_a_secret_that_others_may_read_is_refused_and_so_is_a_policy_everybody_may_change(tmp_path: Path) -> None:
    token, policy = tmp_path / "token", tmp_path / "ops.toml"
    token.write_text("a-token-of-some-length\n")
    policy.write_text("")
    files = {"SHIPBOB_TOKEN_FILE": str(token)}
    for mode, bad in ((0o600, False), (0o400, False), (0o640, True), (0o604, True)):
        token.chmod(mode)
        assert ("exposed-files" in dangers.present(scene(files))) is bad, oct(mode)
    lent = {secret_files.DIRECTORY: str(tmp_path)}  # where systemd lends by an access list
    (tmp_path / "META_TOKEN").write_text("another-token-of-ours")
    for mode, bad in ((0o440, False), (0o444, True)):
        (tmp_path / "META_TOKEN").chmod(mode)
        assert ("exposed-files" in dangers.present(scene(lent))) is bad, oct(mode)
    for mode, bad in ((0o644, False), (0o646, True)):
        policy.chmod(mode)
        assert ("exposed-files" in dangers.present(scene(ops_policy=policy))) is bad, oct(mode)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_a_secret_of_somebody_else_is_refused(tmp_path: Path) -> None:
    token = tmp_path / "token"
    token.write_text("a-token-of-some-length")
    token.chmod(0o600)
    os.chown(token, 54321, 54321)
    assert "exposed-files" in dangers.present(scene({"SHIPBOB_TOKEN_FILE": str(token)}))


def test_secrets_come_from_files_and_a_changed_one_is_seen(tmp_path: Path) -> None:
    (tmp_path / "one").write_text("from-a-file\n")
    (tmp_path / "META_TOKEN").write_text("lent-by-systemd")
    (tmp_path / "notes").write_text("nothing of ours")
    said = {"SHIPBOB_TOKEN": "stale", "SHIPBOB_TOKEN_FILE": str(tmp_path / "one"), "SSL_CERT_FILE": "/etc/certs"}
    environment = {**said, secret_files.DIRECTORY: str(tmp_path)}
    secret_files.load(environment)
    assert environment["SHIPBOB_TOKEN"] == "from-a-file"
    assert environment["META_TOKEN"] == "lent-by-systemd"
    assert set(environment) == {*said, secret_files.DIRECTORY, "META_TOKEN"}
    before = secret_files.mark(environment)
    assert secret_files.mark(environment) == before
    (tmp_path / "one").write_text("rotated-in-place")
    assert secret_files.mark(environment) != before
    with pytest.raises(
        RefusedError, match=r"which holds META_TOKEN, cannot be read \(No such file.*META_TOKEN_FILE\.$"
    ):
        secret_files.load({"META_TOKEN_FILE": str(tmp_path / "nowhere")})


def test_every_connector_may_keep_its_secrets_in_files() -> None:
    names = [one.name for at in dangers.CONNECTORS for one in at.credentials]
    assert [name for name in names if not name.startswith(secret_files.OURS)] == []


def test_a_variable_that_nobody_reads_is_refused_with_the_one_it_may_be() -> None:
    settings.refuse_unknown(["OPS_POLICY", "OPS_HOOK_SHOP_SECRET", "OPS_HOOK_SHOP_SECRET_FILE", "OPS_FAULT_AT", "PATH"])
    with pytest.raises(RefusedError, match=r"Nobody reads the variable OPS_POLICI; did you mean OPS_POLICY\?"):
        settings.refuse_unknown(["OPS_POLICI"])
    with pytest.raises(RefusedError, match="OPS_UNHEARD_OF; unset it, or correct its spelling"):
        settings.refuse_unknown(["OPS_UNHEARD_OF"])


def test_the_role_of_a_database_that_may_too_much_is_named(stores: Stores) -> None:
    assert schema.powers(stores.database_url) == ()
    assert schema.powers(stores.database_url, "postgres")[0] == "is a superuser"
    told = next(one for one in DANGERS if one.flag == "mighty-database")
    said = told.look(Scene(settings.Settings(), RULES, SECRETS, 1000, ("is a superuser",)))
    assert said.startswith("The role of DATABASE_URL is a superuser; give the house a role that owns its own database")


# --- accepted for a day -----------------------------------------------------------------------------------------------


def test_an_acceptance_lasts_a_day_is_not_prolonged_by_a_restart_and_then_can_be_made_anew(tmp_path: Path) -> None:
    acceptances.keep(tmp_path, ["root"], NOW)
    assert list(acceptances.holding(tmp_path, NOW)) == ["root"]
    acceptances.keep(tmp_path, ["root", "open-port"], NOW + timedelta(hours=20))
    found = acceptances.holding(tmp_path, NOW + timedelta(hours=23))
    assert {flag: one.until for flag, one in found.items()} == {
        "root": NOW + timedelta(hours=24),
        "open-port": NOW + timedelta(hours=44),
    }
    assert list(acceptances.holding(tmp_path, NOW + timedelta(hours=24))) == ["open-port"]
    late = NOW + timedelta(hours=26)  # a process that is started again in a house that began in time
    assert list(acceptances.holding(tmp_path, late, NOW)) == ["root", "open-port"]
    acceptances.keep(tmp_path, ["root"], NOW + timedelta(hours=30))
    assert "root" in acceptances.holding(tmp_path, NOW + timedelta(hours=31))
    assert (tmp_path / acceptances.FILE).stat().st_mode & 0o777 == 0o600


def test_a_process_counts_from_when_its_house_began(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    acceptances.keep(tmp_path, ["root"], now - timedelta(hours=24, milliseconds=1))
    assert acceptances.holding(tmp_path) == {}
    monkeypatch.setenv("OPS_PROCESS", "scheduler")
    assert list(acceptances.holding(tmp_path)) == ["root"]


def test_a_house_is_no_process_of_another_whatever_its_environment_says(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    said = {"OPS_PROCESS": "x", "OPS_WEB_HOST": "0.0.0.0", "OPS_WEB_PORT": "0", "OPS_DATA_DIR": str(tmp_path)}
    for name, value in {**SECRETS, **said}.items():
        monkeypatch.setenv(name, value)
    acceptances.keep(tmp_path, ["open-port"], datetime.now(UTC) - timedelta(hours=24, milliseconds=1))
    with pytest.raises(RefusedError, match="opens the house's page to other machines"):
        __main__.run(None, None)


def test_a_file_that_accepts_for_longer_or_that_others_may_write_does_not_count(tmp_path: Path) -> None:
    path = tmp_path / acceptances.FILE
    path.write_text(json.dumps({"root": {"until": "2036-01-01T00:00:00+00:00", "at": NOW.isoformat(), "by": "x"}}))
    path.chmod(0o600)
    assert acceptances.holding(tmp_path, NOW) == {}
    path.chmod(0o666)
    with pytest.raises(RefusedError, match="can be changed by others than the house; remove it"):
        acceptances.holding(tmp_path, NOW)
    path.chmod(0o600)
    path.write_text('{"root": {"until": "soon"}}')
    with pytest.raises(RefusedError, match="cannot be read; remove it"):
        acceptances.holding(tmp_path, NOW)


def test_only_what_may_be_accepted_is(tmp_path: Path) -> None:
    with pytest.raises(RefusedError, match=r"There is no danger 'rooot' to accept; there are: no-approvers, "):
        acceptances.refuse_wrong(["rooot"])
    with pytest.raises(RefusedError, match="approve-all cannot be accepted, not even for a day: nobody would be asked"):
        acceptances.refuse_wrong(["approve-all"])


@pytest.mark.parametrize(
    ("words", "more", "told"),
    [
        (["run"], {"OPS_WEB_HOST": "0.0.0.0"}, "OPS_WEB_HOST=0.0.0.0 opens the house's page to other machines"),
        (["run", "--i-accept=unencrypted"], {}, "unencrypted cannot be accepted, not even for a day"),
        (["run"], {"OPS_POLICI": "x"}, "Nobody reads the variable OPS_POLICI; did you mean OPS_POLICY?"),
    ],
)
def test_it_ends_the_start_in_one_sentence_with_78(
    tmp_path: Path, words: list[str], more: dict[str, str], told: str
) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith(secret_files.OURS)}
    env = {**clean, **SECRETS, "SLACK_API_URL": "http://127.0.0.1:1/", "OPS_WEB_PORT": "0", **more}
    argv = [sys.executable, "-m", "bot", *words]
    line = {"env": {**env, "OPS_DATA_DIR": str(tmp_path / "var")}, "cwd": ROOT}
    done = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False, **line)  # type: ignore[call-overload]
    assert (done.returncode, done.stdout) == (78, "")
    (sentence,) = done.stderr.splitlines()
    assert sentence.startswith(told)
    assert list(tmp_path.iterdir()) == []
