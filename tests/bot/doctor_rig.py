"""A whole house for the doctor: stores of its own, the sandbox's Slack and vendors, rows as of living processes."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.request import Request, urlopen

import psycopg
from pydantic import SecretStr
from sqlalchemy import text

from bot.doctor_scene import Scene
from bot.settings import ROOT, Credentials, Settings
from bot.stores import Stores
from domain.kernel.breaker import Breaker
from domain.kernel.ports import Ops
from domain.kernel.vendor import Client
from domain.pulse.department import DEPARTMENT as ORCHESTRATOR
from domain.watch import checks, executors
from handlers import manifest
from handlers.menu import MENU
from models.cache import Cache
from models.db import Database
from sandbox.slack import manifest as manifests
from sandbox.slack.workspace import Options, Workspace
from tests.collecting import DEPARTMENTS, HASTY, policy, sandbox_secrets
from tests.jobs.parts import well
from tests.sandbox.slack.kit import sandbox

TOKENS = {"SLACK_BOT_TOKEN": "xoxb-sandbox-bot", "SLACK_APP_TOKEN": "xapp-sandbox-app"}
OTHER_APP = "xapp-1-A0OTHER-1"
_FAR = date(2999, 1, 1)
_SLACK: dict[str, Any] = {"refused": {}}
_ANY_MACHINE = {"disk_free_percent": 0.001, "disk_free_gb": 0, "memory_free_percent": 0.001}


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Rig:
    """The healthy scene, and hands on everything around it."""

    scene: Scene
    slack: Workspace
    vendors: str
    stores: Stores

    @property
    def ops(self) -> Ops:
        assert self.scene.ops is not None
        return self.scene.ops

    @property
    def home(self) -> Path:
        return self.scene.found.ops_data_dir

    def settings(self, **changes: Any) -> Scene:
        return replace(self.scene, found=self.scene.found.model_copy(update=changes))

    def policy(self, **sections: dict[str, Any]) -> Scene:
        """With other words in some sections of the policy."""
        found = self.ops.policy
        for name, words in sections.items():
            found = found.model_copy(update={name: getattr(found, name).model_copy(update=words)})
        return replace(self.scene, ops=replace(self.ops, policy=found))

    @asynccontextmanager
    async def environment(self, **changes: str) -> AsyncIterator[Scene]:
        """With other variables; an empty one is unset."""
        both = {**self.scene.environment, **changes}
        environment = {name: value for name, value in both.items() if value}
        secrets = Credentials(environment)
        http = Client(secrets, Breaker(self.ops.db, threshold=1000), HASTY)
        yield replace(self.scene, environment=environment, ops=replace(self.ops, secrets=secrets, http=http))
        await http.close()

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        async with self.ops.db.begin() as db:
            found = await db.execute(text(statement), values)
            return list(found) if found.returns_rows else []

    async def owned(self, statement: str) -> None:
        """As the owner of the tables, who may do more than the house."""
        async with await psycopg.AsyncConnection.connect(self.stores.libpq_url) as connection:
            await connection.execute(statement.encode())

    def control(self, verb: str, **body: Any) -> None:
        """Have the vendors do something."""
        said = json.dumps(body).encode()
        request = Request(f"{self.vendors}/_sandbox/{verb}", said, {"Content-Type": "application/json"})
        with urlopen(request, timeout=10) as answer:
            assert answer.status == 200


def environment(home: Path, vendors: str, slack: str) -> dict[str, str]:
    named = {"SLACK_API_URL": f"{slack}/api/", "OPS_DATA_DIR": str(home), "OPS_ALARM_URLS": "json://127.0.0.1:9/"}
    return {**sandbox_secrets(vendors), **TOKENS, **named, "SHOPIFY_SHOP": "sandbox"}


@asynccontextmanager
async def a_rig(home: Path, stores: Stores, vendors: str) -> AsyncIterator[Rig]:
    """A house in which nothing is wrong; `home` is the data directory of its running `stores`."""
    options = Options(seed=7, limits=False, app_tokens=frozenset({"xapp-sandbox-app", OTHER_APP}))
    async with sandbox(options, manifests.from_dict(manifest.build(MENU))) as slack:
        shared = environment(home, vendors, slack.url)
        found = Settings(
            slack_bot_token=SecretStr(TOKENS["SLACK_BOT_TOKEN"]),
            slack_app_token=SecretStr(TOKENS["SLACK_APP_TOKEN"]),
            slack_api_url=shared["SLACK_API_URL"],
            ops_policy=ROOT / "bot" / "ops.toml",
            ops_data_dir=home,
        )
        ops = an_ops(stores, shared)
        await lively(ops)
        try:
            rig = Rig(
                Scene(found, shared, ops, running=True, root=a_checkout(home.parent)), slack.workspace, vendors, stores
            )
            rig.control("limits", lifted=True)
            yield rig
        finally:
            await ops.http.close()  # type: ignore[attr-defined]
            await ops.cache.close()
            await ops.db.close()


def a_checkout(folder: Path) -> Path:
    """A small one: the real one is looked at where nothing is planted."""
    root = folder / "house"
    (root / "bot").mkdir(parents=True)
    (root / "bot" / "old.py").touch(0o644)
    os.utime(root / "bot" / "old.py", (0, 0))
    return root


def an_ops(stores: Stores, environment: dict[str, str]) -> Ops:
    database, secrets = Database(stores.database_url), Credentials(environment)
    departments = tuple(
        replace(one, connectors=tuple(replace(each, sunset=_FAR) for each in one.connectors)) for one in DEPARTMENTS
    )
    return Ops(
        policy=(rules := policy()).model_copy(update={"watch": rules.watch.model_copy(update=_ANY_MACHINE)}),
        clock=RealClock(),
        db=database,
        cache=Cache(stores.redis_url),
        secrets=secrets,
        http=Client(secrets, Breaker(database, threshold=1000), HASTY),
        flows=None,  # type: ignore[arg-type]
        departments=(*departments, ORCHESTRATOR),
        boot_id="doctor-test",
    )


async def lively(ops: Ops) -> None:
    """Rows as of a house that runs and has heard from Slack."""
    for role in checks.expected(ops):
        told = well(role)
        detail = told | {"slack": told["slack"] | _SLACK} if role == "bot" else told
        await executors.beat(replace(ops, boot_id=f"{role}-test"), role, detail)
    async with ops.db.begin() as db:
        await db.execute(text("update executor set beat_at = beat_at + interval '1 hour'"))  # they do not fall silent
        for key, kind, payload in (("c", "command", "{}"), ("e", "event", '{"event": {"type": "app_mention"}}')):
            row = "insert into inbox (key, kind, payload, owner, done_at) values (:key, :kind, :payload, 1, now())"
            await db.execute(text(row), {"key": key, "kind": kind, "payload": payload})
        for name in ("watchdog", "deadman"):
            row = "insert into ping (name, kind, at) values (:name, 'success', now() + interval '1 hour')"
            await db.execute(text(row), {"name": name})
        row = "insert into receipt (key, road, address, state) values ('drill', 'second', '1 json', 'accepted')"
        await db.execute(text(row))
