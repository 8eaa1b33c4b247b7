"""A restored house repeats nothing: what it does not remember is looked up at the vendors and in Slack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import aiohttp
import psycopg
import pytest
import pytest_asyncio
from sqlalchemy import make_url, text

from bot import backup, refusals, restore, schema, settings
from bot import stores as houses_stores
from bot.backup import Request
from bot.stores import Stores
from domain.actions import recovered
from domain.kernel import ids, outbox
from domain.kernel.card import Card
from domain.kernel.errors import InputError, RefusedError, SystemicError
from domain.kernel.ports import Ops
from domain.kernel.trail import Note
from domain.watch import audit, invariants, replay
from jobs.flows import FlowsClient
from models import action as rows
from models import autonomy as levels
from models.approval import Approval
from models.db import Database
from models.trail import moved
from tests import databases
from tests.bot import slack_rig
from tests.bot.slack_rig import until
from tests.collecting import a_rig
from tests.domain.actions.conftest import Stage
from tests.jobs.parts import fresh_database

GOODS, CALL = "shipbob.create_receiving_order", "hubspot.create_follow_up_task"


@dataclass
class Before:
    """A house at the moment of its backup: an action allowed, one begun, one asked for, a post that waits."""

    stage: Stage
    archive: Path
    allowed: str
    absent: str
    asked: str


async def _asked(stage: Stage) -> str:
    """An action that waits for a decision."""
    name = await stage.approved(CALL, state="proposed", decided=None)
    await _decided(stage, name, "pending")
    return name


async def _decided(stage: Stage, name: str, state: str) -> None:
    async with stage.ops.db.begin() as db:
        await moved(db, Approval, ids.of("P", name), {"state": state}, Note("approval.asked", name, "user:U1"))


async def _says(stage: Stage, key: str, title: str) -> None:
    async with stage.ops.db.begin() as db:
        await outbox.say(db, channel="#ops-pulse", card=Card(title, f"{title} is what it says."), key=key)


@pytest_asyncio.fixture(loop_scope="session")
async def before(
    stores: Stores, vendor_server: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Before]:
    url = fresh_database(stores.database_url, "before_restore")
    monkeypatch.setenv("DATABASE_URL", url)
    monkeypatch.setenv("REDIS_URL", str(stores.redis_url))
    monkeypatch.setenv("OPS_DATA_DIR", str(folder / "var"))
    async with a_rig(url, vendor_server) as rig:
        stage = Stage(rig, rig.ops)
        names = [await stage.approved(GOODS), await stage.approved(GOODS), await _asked(stage)]
        engine = FlowsClient(url, stage.ops.db.begin)
        await engine.start("act", f"act:{names[0]}", {"action": names[0], "deed": "do"}, queue="logistics")
        engine.close()
        async with stage.ops.db.begin() as db:
            await levels.put(
                db, CALL, {"level": "auto", "by": "user:U1", "why": "earned"}, Note("autonomy.raised", CALL, "user:U1")
            )
        await _says(stage, "pulse:2026-11-20", "Pulse")
        await _says(stage, "pulse:2026-11-19", "Old news")
        async with stage.ops.db.begin() as db:
            old = "update outbox set created_at = created_at - interval '2 hours' where key = 'pulse:2026-11-19'"
            await db.execute(text(old))
        made = await asyncio.to_thread(backup.make, Request(settings.settings(), folder / "backups"))
        yield Before(stage, Path(made.place), *names)


def _empty(url: str) -> str:
    name = "after_restore"
    plain = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain, autocommit=True) as connection:
        databases.drop(connection, name)
        connection.execute(f"create database {name}".encode())
    return make_url(url).set(database=name).render_as_string(hide_password=False)


async def _went_on(before: Before, url: str) -> None:
    """What the house did between its backup and its end: two actions and a post, which only the vendors remember."""
    stage = before.stage
    await _decided(stage, before.asked, "approved")
    async with stage.ops.db.begin() as db:
        note = Note("action.approved", before.asked, "user:U1")
        await rows.move(db, before.asked, "approved", note, was=("proposed",), decided="user:U1")
        await db.execute(text("update outbox set state = 'failed' where key = 'pulse:2026-11-19'"))
    for name in (before.allowed, before.asked):
        end = await stage.run(name)
        assert end is not None
        assert end["state"] == "done", end
    await _says(stage, "approval:P-YOUNGER", "Pause what was never heard of")
    house = slack_rig.an_ops(stage.ops.db.url)
    async with slack_rig.running(house, url):
        assert await until(
            lambda: slack_rig.rows(house, "select 1 from outbox where key = 'pulse:2026-11-20' and state = 'sent'")
        )


@asynccontextmanager
async def _restored(before: Before, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Ops]:
    """The house as it stands after the restore, on a database of its own."""
    empty = _empty(before.stage.ops.db.url)
    monkeypatch.setenv("DATABASE_URL", empty)
    said = await asyncio.to_thread(restore.run, before.archive, replace=False)
    assert "open then: 3 actions, 1 approvals" in said
    database = Database(empty)
    try:
        yield replace(before.stage.ops, db=database)
    finally:
        await database.close()


async def test_what_was_done_and_said_after_the_backup_is_neither_repeated_nor_forgotten(
    before: Before, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = before.stage
    await _went_on(before, url)
    effects = {vendor: await stage.effects(vendor) for vendor in ("shipbob", "hubspot")}
    async with _restored(before, monkeypatch) as ops:
        house = Stage(stage.rig, ops)
        assert await slack_rig.rows(ops, "select status from dbos.workflow_status") == [("CANCELLED",)]
        assert await slack_rig.rows(ops, "select place from backup") == [(str(before.archive),)]
        assert (await house.row(before.allowed)).state == "approved"
        async with ops.db.begin() as db:
            assert await rows.due(db, "logistics") == []
        assert await recovered.look(ops) == 0
        assert [(await house.row(name)).state for name in (before.allowed, before.absent, before.asked)] == [
            "done",
            "stale",
            "refused",
        ]
        assert "after the backup" in (await house.row(before.asked)).error
        assert {vendor: await stage.effects(vendor) for vendor in effects} == effects
        await _said_once(ops, url)
        await recovered.finish(ops, "terminal:test")
        fresh = await house.approved(GOODS)
        async with ops.db.begin() as db:
            assert [one.id for one in await rows.due(db, "logistics")] == [fresh]
        rights = "select has_table_privilege('trail', 'update'), has_table_privilege('task', 'update')"
        assert await slack_rig.rows(ops, rights) == [(False, True)]
        assert (await audit.verify(ops)).broken == 0
        assert (await replay.replayed(ops)).differences == []
        held = {one.name: one.broken for one in await invariants.check(ops)}
        assert [held[name] for name in ("I2 effects", "I3 exactly", "I5 messages")] == [[], [], []]


async def _said_once(ops: Ops, url: str) -> None:
    """What Slack has is not posted again, what waited too long is told in the recovery's card, which stands there."""
    house = slack_rig.an_ops(ops.db.url)
    open_ = "select 1 from outbox where state in ('queued', 'sending', 'ambiguous')"

    async def quiet() -> bool:
        return not await slack_rig.rows(house, open_)

    async with slack_rig.running(house, url), aiohttp.ClientSession() as http:
        assert await until(quiet)
        assert await until(lambda: slack_rig.rows(house, "select 1 from recovery where found ? 'forgotten'"))
        assert await recovered.look(ops) == 0
        assert await until(quiet)
        desk = slack_rig.Desk(url, http)
        said = [slack_rig.shown(one) for one in await desk.said("C0PULSE")]
        assert [sum(title in one for one in said) for title in ("Pulse is what", "Old news is what")] == [1, 0]
        (card,) = [one for one in await desk.said("C0ESCAL") if "was restored" in slack_rig.shown(one)]
        told = slack_rig.shown(card)
        assert "2 done at the vendor, though the backup did not know" in told
        assert "Old news" in told
        assert "P-YOUNGER" in told
        assert f"People are asked again about {CALL}" in told
        assert "restore finish" in told


async def test_a_vendor_that_cannot_be_asked_keeps_the_recovery_open_and_then_a_person_looks(
    before: Before, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with _restored(before, monkeypatch) as ops:
        house = Stage(before.stage.rig, ops)
        await before.stage.rig.fault("shipbob", "status", status=401)
        assert await recovered.look(ops) == 2
        with pytest.raises(InputError, match="could not be looked up"):
            await recovered.finish(ops, "terminal:test")
        await recovered.finish(ops, "terminal:test", anyway=True)
        assert (await house.row(before.allowed)).state == "unclear"
        told = await slack_rig.rows(ops, "select title from escalation where action_id = :name", name=before.allowed)
        assert told == [("An action is unclear",)]


async def test_a_filled_database_and_a_newer_backup_are_refused(
    before: Before, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(RefusedError, match="not empty"):
        await asyncio.to_thread(restore.run, before.archive, replace=False)
    with pytest.raises(RefusedError, match="leave --replace out"):
        await asyncio.to_thread(restore.run, before.archive, replace=True)
    with pytest.raises(RefusedError, match="another version"):
        schema.refuse_newer("9999")


def test_a_house_that_runs_or_is_filled_keeps_its_data_and_replaced_data_are_moved_aside(
    before: Before, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On embedded stores: a new cluster takes the place of the old one, whose files stay as they were."""
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name)
    data = folder / "var"
    old = data / "postgres"
    old.mkdir(parents=True)
    (old / "PG_VERSION").write_text("18, of the house before")
    with houses_stores.held(data), pytest.raises(RefusedError, match="Another run holds"):
        restore.run(before.archive, replace=True)
    assert "The old data are in" in restore.run(before.archive, replace=True, durable=False)
    (aside,) = data.glob("before-*")
    assert (aside / "postgres" / "PG_VERSION").read_text() == "18, of the house before"
    with pytest.raises(RefusedError, match="--replace moves its data aside"):
        restore.run(before.archive, replace=False, durable=False)
    assert not (data / settings.RESTORING).exists()


def test_a_restore_that_broke_off_keeps_the_house_from_starting(
    before: Before, stores: Stores, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", _empty(stores.database_url))
    monkeypatch.setattr(restore, "_begin", _breaks)
    with pytest.raises(SystemicError):
        restore.run(before.archive, replace=False)
    with pytest.raises(RefusedError, match="A restore has begun and did not end"):
        refusals.declared(settings.settings())


async def _breaks(*_: object) -> None:
    raise SystemicError("broken off")
