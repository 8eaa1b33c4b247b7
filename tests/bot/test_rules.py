"""The rules on the command line: what becomes of a sentence, what a change would do, and a file that is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import psycopg
import pytest

from bot import __main__
from bot.stores import Stores

RULE = """[[tasks.rules]]
name = "mine"
department = "{department}"
when = [{{ field = "category", op = "{op}", value = "advertising" }}]
"""


def _run(monkeypatch: pytest.MonkeyPatch, *line: str) -> int:
    monkeypatch.setattr(sys, "argv", ["bot", "rules", *line])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    return int(ended.value.code or 0)


def _file(folder: Path, department: str = "sales", op: str = "is") -> str:
    made = folder / "new.toml"
    made.write_text(RULE.format(department=department, op=op))
    return str(made)


def test_a_sentence_is_told_apart_and_sent_somewhere(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _run(monkeypatch, "test", "pause ad set 12021") == 0
    told = capsys.readouterr().out
    assert "advertising (100%: “pause”, the input ad_set)" in told
    assert "marketing: propose meta.pause_ad_set" in told
    assert "Why should it be paused?" in told


def test_a_brief_is_tried_on_other_rules(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    brief = tmp_path / "brief.json"
    brief.write_text(json.dumps({"category": "advertising", "inputs": {"ad_set": "12021", "reason": "sold out"}}))
    assert _run(monkeypatch, "test", "--file", str(brief), "--rules", _file(tmp_path), "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["routed"]["rule"], told["routed"]["department"], told["questions"]) == ("mine", "sales", [])


@pytest.mark.parametrize(
    ("department", "op", "said"),
    [
        ("sales", "like", "new.toml: tasks.rules.0: the rule 'mine': nobody knows the operator 'like'; there are: is,"),
        ("garden", "is", "new.toml: nobody knows the department 'garden'; there are: logistics,"),
    ],
)
@pytest.mark.parametrize("command", [("test", "pause ad set 12021"), ("backtest",)])
def test_a_file_that_is_wrong_is_refused_in_one_sentence(  # noqa: PLR0917
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    command: tuple[str, ...],
    department: str,
    op: str,
    said: str,
) -> None:
    assert _run(monkeypatch, *command, "--rules", _file(tmp_path, department, op)) == 78
    assert said in (told := capsys.readouterr().err)
    assert told.count("\n") == 1


def test_the_work_of_a_running_house_is_decided_anew(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    stores: Stores,
    database_url: str,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url)
    monkeypatch.setenv("REDIS_URL", stores.redis_url or "")
    row = "insert into task (id, origin, source, requester, brief, category, rule, department, path, state) values (%s)"
    told = ("T-1", "slash:1", "slash", "U1", '{"objective": "pause ad set 12021"}', "advertising", "ads_to_marketing")
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute((row % ", ".join(["%s"] * 10)).encode(), (*told, "marketing", "propose", "queued"))
    assert _run(monkeypatch, "backtest", "--rules", _file(tmp_path)) == 0
    first, counted, which = capsys.readouterr().out.splitlines()
    assert first.startswith("1 of 1 tasks would be decided otherwise (rules ")
    move = "advertising/marketing/propose (ads_to_marketing) → advertising/sales/propose (mine)"
    assert counted.split(maxsplit=1) == ["1", move]
    assert which == f"T-1  {move}  pause ad set 12021"
