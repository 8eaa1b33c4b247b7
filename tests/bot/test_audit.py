"""The trail on the command line: whole or broken by the exit code, its newest rows, replayed against the tables."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable

import psycopg
import pytest

from bot import __main__
from bot.stores import Stores
from domain.watch import checks

Run = Callable[..., tuple[int, str]]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], database_url: str, stores: Stores) -> Run:
    """A line typed at a house whose trail holds two rows about a task and one about an autonomy."""
    plain = database_url.replace("postgresql+psycopg://", "postgresql://", 1)
    with psycopg.connect(plain) as owner:
        if not owner.execute("select 1 from trail").fetchone():
            owner.execute(
                "with made as (insert into autonomy (kind, level, by, why) values ('a.b', 'approve', 'U1', '') "
                "returning *) insert into trail (what, subject, by, why, body) select 'autonomy.set', kind, 'user:U1', "
                "E'one\\n\\u202Etwo', jsonb_build_object('row', to_jsonb(made), 'table', 'autonomy') from made"
            )
            owner.execute("insert into trail (what, subject, by, body) values ('click.refused', 'A-1', 'U2', '{}')")
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", str(stores.redis_url))

    def typed(*line: str) -> tuple[int, str]:
        monkeypatch.setattr(sys, "argv", ["bot", *line])
        with pytest.raises(SystemExit) as ended:
            __main__.main()
        return int(ended.value.code or 0), capsys.readouterr().out

    return typed


def test_a_whole_trail_is_told_with_its_head_which_holds_later(run: Run) -> None:
    code, said = run("audit", "verify", "--json")
    head = json.loads(said)["head"]
    assert (code, json.loads(said)["rows"]) == (0, 2)
    assert run("audit", "verify", "--head", f"2:{head['hash']}")[0] == 0
    code, said = run("audit", "verify", "--head", f"3:{head['hash']}")
    assert (code, said) == (1, "The trail is broken at row 3: the chain ends before row 3, which was told.\n")
    assert run("audit", "verify", "--head", "nonsense") == (1, "")


def test_the_newest_rows_are_a_line_each_whatever_they_hold(run: Run) -> None:
    code, said = run("audit", "tail")
    assert code == 0
    first, second = said.splitlines()
    assert first.endswith("autonomy.set           a.b            user:U1 — one two")
    assert second.split()[-3:] == ["click.refused", "A-1", "U2"]
    rows = [json.loads(one) for one in run("audit", "tail", "-n", "1", "--json")[1].splitlines()]
    assert [one["subject"] for one in rows] == ["A-1"]


def test_why_tells_a_story_or_that_there_is_none(run: Run) -> None:
    code, said = run("why", "a-1")
    assert code == 0
    assert said.startswith("Why A-1\n=======\n1 thing happened to it.")
    assert json.loads(run("why", "A-1", "--json")[1])["events"][0]["what"] == "click.refused"
    code, said = run("why", "A-2")
    assert code == 1
    assert "I know no task, action, approval or escalation called “A-2”." in said
    assert run("why", "A-2", "--json") == (1, "null\n")


def test_the_self_check_is_made_by_hand_kept_and_ends_with_one_when_something_is_bad(
    run: Run, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    monkeypatch.setattr(checks, "AGAIN_SECONDS", 0)
    code, said = run("check", "--json")
    found = json.loads(said)
    states = {one["name"]: one["state"] for one in found["checks"]}
    assert (code, found["status"], found["silences"]) == (1, "bad", [])
    assert (states["process.bot"], states["slack.echo"], states["database"]) == ("bad", "unknown", "ok")
    assert {("job", "pulse"), ("bot", "sales")} <= {(one["kind"], one["name"]) for one in found["last"]}
    with psycopg.connect(database_url.replace("postgresql+psycopg://", "postgresql://", 1)) as db:
        kept: dict[str, str] = dict(db.execute("select name, state from check_result").fetchall())
    assert kept == states
    code, said = run("check")
    assert code == 1
    assert said.splitlines()[0].split(None, 2) == ["bad", "process.bot", "bot has never run."]


def test_the_invariants_are_told_one_by_one(run: Run) -> None:
    code, said = run("check", "invariants")
    assert code == 0
    assert said.splitlines()[-2] == "I6 trail holds: every row of the trail is as it was written."
    assert {one["name"][:2] for one in json.loads(run("check", "invariants", "--json")[1])} == {
        "I1",
        "I2",
        "I3",
        "I4",
        "I5",
        "I6",
    }


def test_a_replay_that_differs_ends_with_one(run: Run, database_url: str) -> None:
    code, said = run("replay")
    assert (code, said.splitlines()[0]) == (0, "1 event, 1 thing, 1 held against their tables: no difference.")
    assert "0 routings made again by the rules " in said
    assert "Approvals held against 6 rules again: all keep them." in said
    code, said = run("replay", "--to", "2020-01-01")
    assert (code, said.startswith("0 events, 0 things, 0 held"), "routings" in said) == (0, True, False)
    assert run("replay", "--to", "yesterday") == (1, "")
    with psycopg.connect(database_url.replace("postgresql+psycopg://", "postgresql://", 1)) as owner:
        owner.execute("update autonomy set level = 'auto'")
    code, said = run("replay")
    assert code == 1
    assert "autonomy a.b level: told 'approve', stands 'auto'" in said
    assert json.loads(run("replay", "--json")[1])["differing"] == 1
    assert run("check")[0] == 1
