"""The policy in force: a file edited by hand changes nothing until a person accepts it, and somebody is told."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot import __main__, acceptances, anew, policies, refusals, secret_files, settings, wiring
from bot.settings import Settings
from bot.stores import Stores
from domain.kernel import trail
from domain.kernel.errors import InputError, RefusedError
from domain.kernel.ports import Ops
from domain.pulse import compose
from domain.trust import policies as decisions
from domain.watch import health
from handlers import plain
from models import policy_version as rows
from models.db import Database
from models.directory import Who

SHIPPED = (settings.ROOT / "bot" / "ops.toml").read_text(encoding="utf-8")
EDITED = SHIPPED.replace('deputy = ""                 #', 'deputy = "finance"          #')
APPROVER = Who("U1", "approver", "T1", "")


@pytest.fixture
def found(tmp_path: Path, stores: Stores, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A house that was never started, with a policy file of its own; the environment points at it."""
    with psycopg.connect(database_url.replace("+psycopg", ""), autocommit=True) as db:
        db.execute("truncate policy_version, escalation, failure cascade")
    (tmp_path / "ops.toml").write_text(SHIPPED, encoding="utf-8")
    said = {"DATABASE_URL": database_url, "REDIS_URL": str(stores.redis_url), "OPS_DATA_DIR": str(tmp_path)}
    for name, value in {**said, "OPS_POLICY": str(tmp_path / "ops.toml")}.items():
        monkeypatch.setenv(name, value)
    return settings.settings()


@pytest.fixture
async def ops(found: Settings) -> AsyncIterator[Ops]:
    """The same house, started once."""
    await policies.settle(found, str(found.database_url))
    async with wiring.house(found, "test") as opened:
        yield opened


def edit(found: Settings, body: str) -> None:
    found.ops_policy.write_text(body, encoding="utf-8")


async def look(ops: Ops, found: Settings) -> None:
    """One look at the file, by a process that has just begun."""
    await anew._Told(ops, partial(policies.look, ops, found), "drift:policy")()


async def began(ops: Ops) -> anew.Began:
    """What a process that begins now begins with."""
    async with ops.db.begin() as db:
        return anew.Began(await rows.in_force(db), secret_files.mark(os.environ))


async def overdue(ops: Ops) -> None:
    """One look at the dangers that were accepted."""
    await anew._Told(ops, partial(acceptances.look, ops), "danger:")()


async def deputy(found: Settings) -> str:
    """Who is asked when nobody decides, after the next start."""
    return (await policies.settle(found, str(found.database_url)))[0].approvals.deputy


async def told(ops: Ops) -> list[tuple[Any, ...]]:
    """The open troubles of the policy and of accepted dangers."""
    async with ops.db.begin() as db:
        rows = await db.exec_driver_sql(
            "select cause, well_at is null, wrong from escalation where cause ~ '^(drift|danger):' order by id"
        )
        return [tuple(row) for row in rows]


async def trailed(ops: Ops, subject: str) -> list[tuple[str, str]]:
    async with ops.db.begin() as db:
        return [(one.what, one.by) for one in await trail.of(db, subject)]


def line(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """`python -m bot policy ...`: its exit code."""
    monkeypatch.setattr(sys, "argv", ["bot", "policy", *words])
    with pytest.raises(SystemExit) as ended:
        __main__.main()
    return int(ended.value.code or 0)


async def test_an_edited_file_changes_nothing_over_restarts_until_it_is_accepted(ops: Ops, found: Settings) -> None:
    edit(found, EDITED)
    assert [await deputy(found), await deputy(found)] == ["", ""]
    async with wiring.house(found, "terminal") as again:
        assert again.policy.approvals.deputy == ""
    async with ops.db.begin() as db:
        await decisions.accept(db, policies.text(found), "shell:me")
    assert await deputy(found) == "finance"
    assert (await trailed(ops, "policy"))[-3:] == [
        ("policy.released", "house"),
        ("policy.found", "house"),
        ("policy.accepted", "shell:me"),
    ]


async def test_a_person_is_told_what_differs_until_the_file_is_put_back(ops: Ops, found: Settings) -> None:
    await look(ops, found)
    assert await told(ops) == []
    edit(found, EDITED)
    await look(ops, found)
    await look(ops, found)
    ((cause, is_open, detail),) = await told(ops)
    assert (cause, is_open) == ("drift:policy", True)
    assert detail == f'{found.ops_policy} was changed: approvals.deputy: "" → "finance".'
    assert "1 rule was changed on disk and waits" in plain.render(await decisions.card(ops))
    assert await policies.differing(ops, found) == ('approvals.deputy: "" → "finance"',)
    edit(found, SHIPPED)
    await look(ops, found)
    assert [one[1] for one in await told(ops)] == [False]
    assert await policies.differing(ops, found) == ()


async def test_a_disk_that_takes_no_copy_keeps_nobody_from_being_told(ops: Ops, found: Settings) -> None:
    (found.ops_data_dir / f"{refusals.KEPT}.new").mkdir()
    edit(found, EDITED)
    await look(ops, found)
    assert [one[:2] for one in await told(ops)] == [("drift:policy", True)]


async def test_comments_are_no_change(ops: Ops, found: Settings) -> None:
    edit(found, "# a word of mine\n" + SHIPPED)
    await look(ops, found)
    assert await told(ops) == []


@pytest.mark.parametrize(
    ("body", "why"),
    [
        ("company = ", "is not valid TOML"),
        (SHIPPED + "\n[compny]\n", "nobody knows the key 'compny'"),
        (SHIPPED.replace("y.start]", 'y.start]\n"*" = "auto"'), "autonomy.start lets '*' be done unasked"),
        (
            SHIPPED + '\n[connectors.hubspot]\nurl = "http://vendor.example"\n',
            "connectors.hubspot.url in ops.toml is not",
        ),
    ],
    ids=["no TOML", "unknown key", "dangerous", "in the open"],
)
async def test_a_wrong_file_stops_no_house_that_has_a_policy_but_a_first_start_is_refused(
    ops: Ops, found: Settings, tmp_path: Path, body: str, why: str
) -> None:
    await look(ops, found)
    edit(found, body)
    await look(ops, found)
    assert [why in one[2] for one in await told(ops)] == [True]
    assert await deputy(found) == ""
    refusals.declared(found)  # before there is a database: by the copy of what is in force
    (tmp_path / refusals.KEPT).unlink()
    with pytest.raises(RefusedError, match=why.replace("*", r"\*")):
        refusals.declared(found)
    async with ops.db.begin() as db:
        await db.exec_driver_sql("delete from policy_version")
    with pytest.raises(RefusedError, match=why.replace("*", r"\*")):
        await deputy(found)


async def test_what_comes_with_the_program_or_was_accepted_by_who_deploys_is_taken(
    ops: Ops, found: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(found, EDITED)
    assert await deputy(found.model_copy(update={"ops_policy_accepted": decisions.digest(SHIPPED)})) == ""
    assert await deputy(found.model_copy(update={"ops_policy_accepted": decisions.digest(EDITED)})) == "finance"
    monkeypatch.setattr(policies, "_SHIPPED", found.ops_policy)
    monkeypatch.setattr(policies, "_release", lambda: "one")
    edit(found, SHIPPED)
    assert await deputy(found) == "finance"  # it was one's own before, and the program's must not take its place
    async with ops.db.begin() as db:
        await db.exec_driver_sql("delete from policy_version")
    assert await deputy(found) == ""
    edit(found, EDITED)
    assert await deputy(found) == ""  # edited by hand: the program is the same
    async with ops.db.begin() as db:
        assert await decisions.refuse(db, decisions.digest(EDITED), "shell:me")
    monkeypatch.setattr(policies, "_release", lambda: "two")
    assert await deputy(found) == ""  # a person said no to exactly this
    edit(found, EDITED.replace('deputy = "finance"', 'deputy = "approver"'))
    assert await deputy(found) == "approver"


async def test_a_policy_of_another_version_keeps_no_restore_and_no_command_out(found: Settings) -> None:
    database = Database(str(found.database_url), pool=1)
    async with database.begin() as db:
        await rows.take(db, "0" * 64, "[gone]\nsince = 2", "house")
    await database.close()
    async with wiring.house(found, "restore", pool=1) as ops:
        assert ops.policy.company.name == settings.policy(found.ops_policy).company.name


async def test_only_an_approver_of_the_policy_in_force_decides_in_slack(ops: Ops, found: Settings) -> None:
    edit(found, EDITED.replace('approvers = ["approver", "finance"]', 'approvers = ["intruder"]'))
    await look(ops, found)
    digest = policies.text(found).digest

    class People:
        async def look(self, user_id: str) -> Who:
            return replace(APPROVER, id=user_id, handle="approver" if user_id == "U1" else "intruder")

    ops = replace(ops, people=People())
    verdict, card = await decisions.decide(ops, "U2", digest, yes=True, cause="click:1")
    assert not verdict.allowed
    assert "Only @approver or @finance may do this." in plain.render(card)
    assert (await policies.settle(found, ops.db.url))[0].approvals.approvers == ("approver", "finance")
    _, card = await decisions.decide(ops, "U1", digest, yes=False, cause="click:2")
    await look(ops, found)
    assert [one[1] for one in await told(ops)] == [False]
    edit(found, EDITED)
    await look(ops, found)
    await decisions.decide(ops, "U1", policies.text(found).digest, yes=True, cause="click:3")
    assert await deputy(found) == "finance"
    with pytest.raises(InputError, match="does not wait any more"):
        await decisions.decide(ops, "U1", digest, yes=True, cause="click:4")


def test_the_command_line_shows_compares_accepts_and_refuses(
    found: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_settled(found))
    edit(found, EDITED)
    asyncio.run(_settled(found))
    assert line(monkeypatch, "diff") == 1
    assert line(monkeypatch, "refuse") == 0
    assert line(monkeypatch, "accept") == 0
    assert line(monkeypatch, "diff") == 0
    assert line(monkeypatch, "show") == 0
    said = capsys.readouterr().out
    assert 'approvals.deputy: "" → "finance"\nRefused: the policy in force stays.' in said
    assert "Accepted: 1 rule was changed." in said
    assert f"by shell:{acceptances.who()}; digest {decisions.digest(EDITED)}\n# The shipped policy" in said
    edit(found, "company = ")
    assert line(monkeypatch, "accept") == 78


def test_a_shell_that_knows_of_another_file_accepts_nothing(
    found: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asyncio.run(_settled(found))
    before = found.ops_policy.read_text(encoding="utf-8")
    edit(found, EDITED)
    asyncio.run(_settled(found))
    edit(found, before.replace('deputy = ""', 'deputy = "coo"'))
    assert line(monkeypatch, "accept") == 1
    assert "Set OPS_POLICY as the house has it" in capsys.readouterr().err
    assert line(monkeypatch, "diff") == 1
    assert f'{found.ops_policy} would change:\napprovals.deputy: "" → "coo"' in capsys.readouterr().out


async def _settled(found: Settings) -> None:
    await policies.settle(found, str(found.database_url))


async def test_a_process_begins_anew_when_another_policy_is_in_force_or_a_secret_changes(
    ops: Ops, found: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = tmp_path / "token"
    secret.write_text("the-one-before")
    secret.chmod(0o600)
    monkeypatch.setenv("META_TOKEN_FILE", str(secret))
    monkeypatch.setenv("META_TOKEN", "")
    monkeypatch.setenv("SLACK_API_URL", "http://127.0.0.1:9/api/")
    stop = asyncio.Event()
    changed = anew._Changed(await began(ops), stop)
    await changed(ops)
    assert not stop.is_set()
    secret.write_text("changeme")
    await changed(ops)
    assert not stop.is_set()  # it would be refused
    secret.write_text("the-one-after-it")
    secret.chmod(0o644)
    await changed(ops)
    assert not stop.is_set()  # a start would refuse what everybody may read
    secret.chmod(0o600)
    await changed(ops)
    assert stop.is_set()
    again = asyncio.Event()
    changed = anew._Changed(await began(ops), again)
    edit(found, EDITED)
    async with ops.db.begin() as db:
        await decisions.accept(db, policies.text(found), "shell:me")
    await changed(ops)  # for the first time: it was accepted while the process began
    assert again.is_set()


async def test_a_look_that_fails_is_not_the_last_one(monkeypatch: pytest.MonkeyPatch) -> None:
    looks = asyncio.Queue[int]()

    async def look() -> None:
        looks.put_nowait(1)
        raise ValueError("the copy of the policy is no text any more")

    monkeypatch.setattr(anew, "_LOOK_EVERY_S", 0.01)
    looking = asyncio.create_task(anew._again(look))
    async with asyncio.timeout(5):
        await looks.get()
        await looks.get()
    looking.cancel()


async def test_an_accepted_danger_is_shown_until_it_is_gone_and_told_when_its_day_is_over(
    ops: Ops, tmp_path: Path
) -> None:
    now = datetime.now(UTC)
    acceptances.keep(tmp_path, ["root"], now - timedelta(hours=23))
    for _ in range(2):
        await acceptances.started(ops, tmp_path, {"root": "The house would run as root."})
    who = acceptances.who()
    assert await trailed(ops, "dangers") == [("danger.accepted", who)]
    shown = f"Accepted by {who} until "
    assert shown in plain.render(await health.card(ops))
    assert shown in plain.render((await compose.now(ops)).card)
    assert shown in plain.render((await compose.today(ops)).card)
    await overdue(ops)
    assert await told(ops) == []

    class Tomorrow:
        def now(self) -> datetime:
            return now + timedelta(hours=2)

    await overdue(replace(ops, clock=Tomorrow()))
    assert [(cause, is_open) for cause, is_open, _ in await told(ops)] == [("danger:root", True)]
    await acceptances.started(ops, tmp_path, {})
    await overdue(ops)
    assert [one[1] for one in await told(ops)] == [False]
    assert shown not in plain.render(await health.card(ops))
