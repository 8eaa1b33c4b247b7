"""A real sandbox Slack in its own process, a fresh database, and the bot's Slack side between them."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import tomllib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast
from urllib.request import Request, urlopen

import aiohttp
from pydantic import SecretStr
from sqlalchemy import text

from bot import slack, slack_api
from bot.settings import Settings
from domain.kernel.card import Card
from domain.kernel.department import Department
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from handlers.surface import Action, Answer, Ask, Command, Event, Example, Surface
from models.cache import Cache
from models.db import Database
from tests.jobs.parts import fresh_database as fresh_database  # noqa: PLC0414 - handed on

ROOT = Path(__file__).resolve().parents[2]
Json = dict[str, Any]


class RealClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


@dataclass
class Desk:
    """A person's hands at the sandbox, and eyes on its traffic."""

    url: str
    http: aiohttp.ClientSession

    async def do(self, verb: str, **body: Any) -> Json:
        async with self.http.post(f"{self.url}/_sandbox/{verb}", json=body) as answer:
            found: Json = await answer.json()
            assert answer.status == 200, found
            return found

    async def see(self, path: str) -> Json:
        async with self.http.get(f"{self.url}/_sandbox/{path}") as answer:
            found: Json = await answer.json()
            return found

    async def command(self, line: str, user: str = "U0CEO", channel: str = "C0PULSE") -> Json:
        return await self.do("command", user=user, channel=channel, text=line)

    async def said(self, channel: str = "C0PULSE", user: str = "U0CEO", thread: str = "") -> list[Json]:
        tail = f"&thread_ts={thread}" if thread else ""
        found = (await self.see(f"channels/{channel}/messages?as={user}{tail}"))["messages"]
        return [one for one in found if one.get("bot_id")]

    async def private(self, channel: str = "C0PULSE", user: str = "U0CEO") -> list[Json]:
        return [one for one in await self.said(channel, user) if one.get("ephemeral")]

    async def traffic(self, name: str = "", since: int = 0) -> list[Json]:
        found, seq = [], since
        while True:
            page = await self.see(f"traffic?since={seq}")
            found += page["entries"]
            if not page["entries"] or page["next"] == seq:
                break
            seq = page["next"]
        return [one for one in found if name in ("", one["name"])]

    async def fault(self, kind: str, **fields: Any) -> Json:
        return await self.do("fault", kind=kind, **fields)


async def until(look: Callable[[], Awaitable[Any]], seconds: float = 8.0) -> Any:
    """What `look` finds, as soon as it finds something."""
    ends = asyncio.get_running_loop().time() + seconds
    while True:
        found = await look()
        if found or asyncio.get_running_loop().time() > ends:
            return found
        await asyncio.sleep(0.03)


def shown(message: Json) -> str:
    """Everything a reader sees of a message."""
    return json.dumps(message.get("blocks") or message.get("text"), ensure_ascii=False)


@contextmanager
def sandbox_process(*args: str) -> Any:
    """`python -m sandbox slack` on a free port; its URL."""
    command = [sys.executable, "-m", "sandbox", "slack", "--port", "0", "--retry-scale", "0.01", *args]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=ROOT) as process:
        try:
            assert process.stdout is not None
            yield json.loads(process.stdout.readline())["url"]
        finally:
            process.terminate()
            process.wait(10)


DEPARTMENT = Department("logistics", "Logistics", ":package:", "Stock and shipments.")


def an_ops(url: str, *, boot_id: str = "boot-test", pool: int = 6, **slack_policy: Any) -> Ops:
    shipped = tomllib.loads((ROOT / "bot" / "ops.toml").read_text())
    policy = {"stagger_seconds": 0.05, "commands_per_minute": 100_000, "posts_per_second": 5, **slack_policy}
    return Ops(
        policy=Policy.model_validate({**shipped, "slack": policy}),
        clock=RealClock(),
        db=Database(url, pool=pool),
        cache=Cache(None),
        secrets=cast("Any", None),
        http=cast("Any", None),
        flows=cast("Any", None),
        departments=(DEPARTMENT,),
        boot_id=boot_id,
    )


def settings(url: str, bot: str = "xoxb-sandbox-bot", app: str = "xapp-sandbox-app") -> Settings:
    return Settings(slack_bot_token=SecretStr(bot), slack_app_token=SecretStr(app), slack_api_url=f"{url}/api/")


async def echo(_ops: Ops, ask: Ask) -> Answer:
    """Says what was asked; some words make it slow, broken or shared."""
    if "slow" in ask.text:
        await asyncio.sleep(1.6)
    if "break" in ask.text:
        raise RuntimeError("password=hunter2 select * from secrets")
    return Answer(Card("Echo", f"You said {ask.text or ask.value or 'nothing'}."), share="share" in ask.text)


async def in_thread(_ops: Ops, ask: Ask) -> Answer:
    return Answer(Card("Reply", f"You asked {ask.text}."), share=True)


ECHO = Surface(
    "echo",
    "Says it back.",
    commands=(Command("/echo", "Says it back.", "[words]", (Example("/echo hello", "says hello"),), echo),),
    actions=(Action("echo.press", "says what the button holds", echo),),
    events=(Event("app_mention", "answers in the thread", ("app_mention",), in_thread),),
)


@asynccontextmanager
async def running(
    ops: Ops, url: str, menu: Sequence[Surface] = (ECHO,), tune: Callable[[slack.Slack], None] = lambda _found: None
) -> AsyncIterator[slack.Slack]:
    """The Slack side, connected on every link, until the block ends; `tune` changes its pace before it starts."""
    stop = asyncio.Event()
    async with slack_api.session() as pool:
        found = await slack.opened(ops, settings(url), menu, pool)
        tune(found)
        task = asyncio.create_task(found.run(stop))
        try:
            await until(lambda: _ready(found, task))
            yield found
        finally:
            stop.set()
            try:
                with suppress(asyncio.CancelledError):
                    await task
            finally:
                await ops.db.close()


async def _ready(found: slack.Slack, task: asyncio.Task[None]) -> bool:
    if task.done():
        await task
    return found.links.up() == len(found.links.keepers) and found.sender.leads.is_set()


async def rows(ops: Ops, query: str, **values: Any) -> list[Any]:
    async with ops.db.begin() as db:
        return list((await db.execute(text(query), values)).all())


def control(url: str, verb: str, body: Json) -> Json:
    """A control verb without an event loop."""
    request = Request(f"{url}/_sandbox/{verb}", json.dumps(body).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=30) as answer:
        return dict(json.load(answer))
