"""Faults of a house: policy, environment, files, stores, processes, vendors, credentials."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from redis.asyncio import Redis

from bot import doctor_stores, schema
from bot.doctor_scene import Scene
from models.cache import Cache
from models.db import Database
from tests.bot.doctor_plants import Faults
from tests.bot.doctor_rig import Rig
from tests.e2e.whole_house import free_port

FAULTS = Faults()
_SQL_STATUS = """
insert into dbos.workflow_status (workflow_uuid, status, name, application_version)
values ('of-another-version', 'PENDING', 'old', '0')
"""


# --- policy and environment -------------------------------------------------------------------------------------------


def rules(what: str, word: str, before: str, after: str) -> None:
    @FAULTS.fault(what, "policy", word)
    async def plant(rig: Rig) -> AsyncIterator[Scene]:
        path = rig.home.parent / "ops.toml"
        path.write_text(rig.scene.found.ops_policy.read_text(encoding="utf-8").replace(before, after), encoding="utf-8")
        path.chmod(0o600)
        yield rig.settings(ops_policy=path)
        path.unlink()


rules("a key nobody knows", "nobody knows the key 'company.motto'", "[company]", '[company]\nmotto = ""')
rules("a job nobody knows", "nobody knows the job 'odrers'", "[company]", "[jobs.odrers]\nenabled = false\n[company]")


@FAULTS.fault("a policy that nobody accepted", "policy", "goes by the policy that was accepted last")
async def _not_in_force(rig: Rig) -> AsyncIterator[Scene]:
    await rig.rows("insert into policy_version (digest, body, state) values ('of-another', '', 'in_force')")
    yield rig.scene
    await rig.owned("delete from policy_version")


FAULTS.settings("a policy that is not there", "policy", "cannot be read", ops_policy=Path("/nowhere/ops.toml"))
FAULTS.environment("a misspelt setting", "environment.known", "OPS_DATA_DR", OPS_DATA_DR="x")
FAULTS.environment("a misspelt variable of a vendor", "environment.known", "SHIPBOB_TOKN", SHIPBOB_TOKN="x")
FAULTS.environment("a vendor's placeholder", "environment.secrets", "META_TOKEN still holds", META_TOKEN="changeme")
FAULTS.environment("an end that is no date", "environment.secrets", "is not a date", META_TOKEN_EXPIRES="31.1.2027")
FAULTS.environment(
    "one secret under two names",
    "danger.shared-secret",
    "SHIPBOB_WRITE_TOKEN",
    SHIPBOB_WRITE_TOKEN="sandbox-pat-shipbob",
)
FAULTS.environment("half a vendor", "environment.meta", "META_ACCOUNT", META_ACCOUNT="")
FAULTS.environment(
    "a store in the open",
    "danger.unencrypted",
    "sslmode=disable",
    DATABASE_URL="postgresql://me:secret@db.example.com/brain?sslmode=disable",
)


# --- files ------------------------------------------------------------------------------------------------------------


def mode(what: str, finding: str, path: Callable[[Rig], Path], wrong: int) -> None:
    @FAULTS.fault(what, finding, f"mode {wrong:04o}")
    async def plant(rig: Rig) -> AsyncIterator[Scene]:
        place = path(rig)
        before = place.stat().st_mode & 0o7777
        place.chmod(wrong)
        yield rig.scene
        place.chmod(before)


mode("an open data directory", "files.data", lambda rig: rig.home, 0o755)
mode("an open password", "files.secrets", lambda rig: rig.home / "postgres.password", 0o644)
mode("open sockets", "files.servers", lambda rig: rig.home / "sockets", 0o755)


@FAULTS.fault("a policy others may change", "files.policy", "mode 0622")
async def _policy_file(rig: Rig) -> AsyncIterator[Scene]:
    path = rig.home.parent / "ops.toml"
    shutil.copyfile(rig.scene.found.ops_policy, path)
    path.chmod(0o622)
    yield rig.settings(ops_policy=path)
    path.unlink()


@FAULTS.fault("code others may change", "files.code", "bot/a.py is open to others (mode 0666)")
async def _code_file(rig: Rig) -> AsyncIterator[Scene]:
    root = rig.home.parent / "checkout"
    (root / "bot").mkdir(parents=True)
    (root / "bot" / "a.py").touch()
    (root / "bot" / "a.py").chmod(0o666)
    os.utime(root / "bot" / "a.py", (0, 0))
    yield replace(rig.scene, root=root)
    shutil.rmtree(root)


@FAULTS.fault("acceptances nobody can read", "environment.dangerous", "accepted.json cannot be read")
async def _accepted(rig: Rig) -> AsyncIterator[Scene]:
    path = rig.home / "accepted.json"
    path.touch(0o600)
    yield rig.scene
    path.unlink()


@FAULTS.fault("a secret file that belongs to another user", "files.secrets", "another user")
async def _owner(rig: Rig) -> AsyncIterator[Scene]:
    path = rig.home / "house.env"
    path.touch(0o600)
    if os.geteuid() == 0:
        os.chown(path, 12345, 12345)
    else:  # nobody else can be made its owner
        path.unlink()
        path.symlink_to("/etc/hostname")
    yield rig.scene
    path.unlink()


# --- stores -----------------------------------------------------------------------------------------------------------


def valkey(what: str, finding: str, word: str, *setting: str) -> None:
    @FAULTS.fault(what, finding, word)
    async def plant(rig: Rig) -> AsyncIterator[Scene]:
        client = Redis.from_url(str(rig.stores.redis_url), decode_responses=True)
        name, value = setting
        before = (await client.config_get(name))[name]
        await client.config_set(name, value)
        yield rig.scene
        await client.config_set(name, str(before))
        await client.aclose()


valkey("a Redis that forgets", "stores.redis", "allkeys-lru", "maxmemory-policy", "allkeys-lru")
valkey("a Redis that writes nothing down", "stores.redis", "appendonly is no", "appendonly", "no")
valkey("a server everybody can reach", "stores.listeners", "valkey-server on port", "port", str(free_port()))


@FAULTS.fault("no Redis", "house.redis", "Redis does not answer")
async def _no_redis(rig: Rig) -> AsyncIterator[Scene]:
    yield replace(rig.scene, ops=replace(rig.ops, cache=Cache(None)))


@FAULTS.fault("no database", "house.database", "does not answer")
async def _no_database(rig: Rig) -> AsyncIterator[Scene]:
    database = Database("postgresql+psycopg:///brain?host=/nowhere")
    yield replace(rig.scene, ops=replace(rig.ops, db=database))
    await database.close()


@FAULTS.fault("a database that may lose what it acknowledged", "stores.durable", "synchronous_commit is off")
async def _not_durable(rig: Rig) -> AsyncIterator[Scene]:
    await rig.owned("alter database brain set synchronous_commit = off")
    database = Database(rig.stores.database_url)
    yield replace(rig.scene, ops=replace(rig.ops, db=database))
    await database.close()
    await rig.owned("alter database brain reset synchronous_commit")
    await rig.ops.db.close()  # what was opened meanwhile goes by it still


@FAULTS.fault("a database too old", "stores.version", "is older than 99")
async def _too_old(rig: Rig) -> AsyncIterator[Scene]:
    before, doctor_stores.OLDEST = doctor_stores.OLDEST, 990_000
    yield rig.scene
    doctor_stores.OLDEST = before


@FAULTS.fault("tables of an older release", "stores.schema", "is at schema 0003")
async def _schema(rig: Rig) -> AsyncIterator[Scene]:
    await rig.owned("update alembic_version set version_num = '0003'")
    yield rig.scene
    await rig.owned(f"update alembic_version set version_num = '{schema.head()}'")


@FAULTS.fault("what a killed run left", "stores.left", "stores.json")
async def _left(rig: Rig) -> AsyncIterator[Scene]:
    home = rig.home.parent / "left"
    home.mkdir(0o700)
    shutil.copy(rig.home / "stores.json", home)
    yield rig.settings(ops_data_dir=home)
    shutil.rmtree(home)


# --- processes and flows ----------------------------------------------------------------------------------------------

FAULTS.sql(
    "a process that ended",
    "house.process.worker-sales",
    "was not started again",
    "update executor set state = 'dead' where role = 'worker-sales'",
    "update executor set state = 'alive' where role = 'worker-sales'",
)
FAULTS.sql(
    "a process that never ran",
    "house.process.web",
    "has never run",
    "update executor set role = 'was' where role = 'web'",
    "update executor set role = 'web' where role = 'was'",
)
FAULTS.sql(
    "a process with too many open files",
    "house.fds.scheduler",
    "1,000 files open of 1,024",
    "update executor set detail = detail || '{\"fds\": 1000, \"fds_limit\": 1024}' where role = 'scheduler'",
    "update executor set detail = detail || '{\"fds\": 5}' where role = 'scheduler'",
)
FAULTS.sql(
    "a process that runs older code",
    "house.code",
    "worker-sales run older code",
    "update executor set started_at = started_at - interval '60 years' where role = 'worker-sales'",
    "update executor set started_at = started_at + interval '60 years' where role = 'worker-sales'",
)
FAULTS.sql(
    "work of another release",
    "house.flows",
    "1 of version 0",
    _SQL_STATUS,
    "delete from dbos.workflow_status where workflow_uuid = 'of-another-version'",
)
FAULTS.sql(
    "a command nobody works on",
    "house.inbox",
    "1 command waits",
    "update inbox set done_at = null, received_at = received_at - interval '1 hour' where key = 'c'",
    "update inbox set done_at = now() where key = 'c'",
)


# --- calls for help ---------------------------------------------------------------------------------------------------


def pinged(what: str, finding: str, word: str, name: str, change: str) -> None:
    """What is known of one who pings."""
    before = f"update ping set kind = 'success', at = now() + interval '1 hour' where name = '{name}'"
    FAULTS.sql(what, finding, word, f"update ping set {change} where name = '{name}'", before)


pinged("a watchdog that fails", "house.watchdog", "says that it failed", "watchdog", "kind = 'fail'")
pinged("a proof that failed", "alarm.deadman", "The last proof failed", "deadman", "kind = 'fail'")
pinged("an old proof", "alarm.deadman", "is 100 days old", "deadman", "at = now() - interval '100 days'")
FAULTS.sql(
    "nobody outside",
    "alarm.outside",
    "Nobody outside would notice",
    "update ping set name = 'was' where name = 'watchdog'",
    "update ping set name = 'watchdog' where name = 'was'",
)
FAULTS.environment("no second road", "alarm.roads", "There is no second road", OPS_ALARM_URLS="")
FAULTS.environment(
    "a second road nobody knows", "alarm.roads", "address 1 nosuch cannot be used", OPS_ALARM_URLS="nosuch://host"
)
FAULTS.sql(
    "a second road that failed",
    "house.alarm.second_road",
    "failed when it was last used",
    "update receipt set state = 'refused', said = 'no answer'",
    "update receipt set state = 'accepted'",
)


# --- vendors and credentials ------------------------------------------------------------------------------------------


def vendor(what: str, finding: str, word: str, key: str, kind: str, **detail: Any) -> None:
    @FAULTS.fault(what, finding, word)
    async def plant(rig: Rig) -> AsyncIterator[Scene]:
        rig.control("fault", vendor=key, kind=kind, **detail)
        yield rig.scene
        rig.control("fault", vendor="*", kind="clear")


vendor("a vendor that shows a web page", "vendors.shipbob", "(html)", "shipbob", "html")
vendor("a vendor that wants to be paid", "vendors.hubspot", "(payment)", "hubspot", "status", status=402)
vendor("a credential without the right", "vendors.meta", "(permission)", "meta", "status", status=403)
FAULTS.environment(
    "a credential that is refused", "vendors.hubspot", "(credential)", HUBSPOT_SERVICE_KEY="old-key-hubspot"
)
FAULTS.environment(
    "a vendor that cannot be reached", "vendors.shipbob", "(unreachable)", SHIPBOB_URL="http://127.0.0.1:9"
)
FAULTS.environment(
    "a credential to change that is refused",
    "credentials.shipbob",
    "refuses the credential to change it",
    SHIPBOB_WRITE_TOKEN="old-pat-shipbob-write",
)
FAULTS.environment(
    "a credential that ends",
    "ends.credential.META_TOKEN",
    "The credential META_TOKEN ends on",
    META_TOKEN_EXPIRES=f"{datetime.now(UTC) + timedelta(days=20):%Y-%m-%d}",
)
FAULTS.environment(
    "a credential that has ended", "ends.credential.META_TOKEN", "ended on", META_TOKEN_EXPIRES="2020-01-01"
)


@FAULTS.fault("a version that ends", "ends.version.shopify", "Shopify's version")
async def _sunset(rig: Rig) -> AsyncIterator[Scene]:
    soon = datetime.now(UTC).date() + timedelta(days=5)
    logistics, *others = rig.ops.departments
    shopify, *rest = logistics.connectors
    ending = replace(logistics, connectors=(replace(shopify, sunset=soon), *rest))
    yield replace(rig.scene, ops=replace(rig.ops, departments=(ending, *others)))
