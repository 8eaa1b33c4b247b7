"""Which policy this house goes by: the one a person accepted, whatever its file says since."""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
from collections.abc import Awaitable, Callable
from functools import cache, partial
from pathlib import Path
from typing import Annotated, TypeVar

import structlog
import typer

from bot import acceptances, account, refusals, settings, stores
from bot.settings import ROOT, Settings
from domain.escalations.failures import Failure
from domain.kernel.errors import InputError, RefusedError
from domain.kernel.policy import Policy
from domain.kernel.ports import Ops
from domain.trust import policies
from domain.trust.policies import Grounds, Text
from jobs import troubles
from models import policy_version as rows
from models.base import Db
from models.db import Database
from models.policy_version import Version

_SHIPPED = Settings.model_fields["ops_policy"].default
_CODE = ("alembic", "bot", "domain", "handlers", "jobs", "models")
BY = "house"
T = TypeVar("T")
log = structlog.get_logger()


def text(found: Settings) -> Text:
    """What the file says, and what is wrong with it if something is."""
    try:
        body = found.ops_policy.read_text(encoding="utf-8")
        refusals.judged(found, found.ops_policy)
        return Text(body, policies.digest(body))
    except RefusedError as error:
        return Text("", problem=error.detail)
    except (OSError, ValueError) as error:
        return Text("", problem=f"The policy {found.ops_policy} cannot be read ({error}).")


async def settle(found: Settings, url: str) -> tuple[Policy, str]:
    """The policy in force and its digest, once the file was looked at; RefusedError when none can be used."""
    database = Database(url, pool=1, name="operations-brain policy")
    try:
        return await _settled(found, database)
    finally:
        await database.close()


async def _settled(found: Settings, database: Database) -> tuple[Policy, str]:
    said = text(found)
    async with database.begin() as db:
        now = await policies.settle(db, said, partial(_grounds, found, said), BY)
    if now is None:
        raise RefusedError(said.problem)
    if now.digest != said.digest:
        log.warning("the policy on disk is not the one in force", in_force=now.digest[:12], problem=said.problem)
    try:
        return settings.parsed(now.body, "The policy in force"), now.digest
    except RefusedError as error:
        raise RefusedError(said.problem or error.detail) from error


def _grounds(found: Settings, said: Text, now: Version | None) -> Grounds:
    """Whether the file may replace what is in force without anybody's yes."""
    ours = _release() if found.ops_policy == _SHIPPED else ""
    if now is None:
        return Grounds("it is the first policy of this house", ours)
    if said.digest == found.ops_policy_accepted:
        return Grounds("whoever deploys it accepted it by OPS_POLICY_ACCEPTED", ours, deployed=True)
    if now.release and ours and now.release != ours:
        return Grounds("it came with another release of the program", ours)
    try:
        settings.parsed(now.body, "The policy in force")
    except RefusedError:
        return Grounds("what was in force does not fit this version of the program", ours)
    return Grounds()


@cache
def _release() -> str:
    """What tells one release of the program from another: all of its code."""
    whole = hashlib.sha256()
    for path in sorted(path for room in _CODE for path in (ROOT / room).rglob("*.py")):
        whole.update(path.read_bytes())
    return whole.hexdigest()


# --- while the house runs ---------------------------------------------------------------------------------------------


async def look(ops: Ops, found: Settings) -> list[Failure]:
    """What a person is to be told: that the file is not what is in force, unless somebody refused it."""
    said = await asyncio.to_thread(text, found)
    async with ops.db.begin() as db:
        now = await policies.settle(db, said, lambda _: Grounds(), BY)
        waits = await rows.standing(db, "waiting")
    if now is None:
        return []
    await asyncio.to_thread(_keep, found.ops_data_dir, now.body)
    changed = policies.changes(now.body, waits.body) if waits else ()
    return troubles.policy(str(found.ops_policy), changed, said.problem) if changed or said.problem else []


async def differing(ops: Ops, found: Settings) -> tuple[str, ...]:
    """What the file would change and nobody has refused; nothing before there is a policy in force."""
    body = settings.read(found.ops_policy)
    async with ops.db.begin() as db:
        now = await rows.standing(db, "in_force")
        known = await rows.read(db, policies.digest(body))
    return () if now is None or (known and known.state == "refused") else policies.changes(now.body, body)


def _keep(data_dir: Path, body: str) -> None:
    """The policy in force as a file, for a start without a database; a full disk keeps nobody from being told."""
    path, said = data_dir / refusals.KEPT, body.encode()
    try:
        if data_dir.is_dir() and (not path.exists() or path.read_bytes() != said):
            account.write_private(path, body)
    except OSError as error:
        log.warning("the policy in force is not kept as a file", error=error.strerror)


# --- on the command line ----------------------------------------------------------------------------------------------

app = typer.Typer(help="The policy in force, and what its file says.", no_args_is_help=True, add_completion=False)
AsJson = Annotated[bool, typer.Option("--json", help="As data.")]


@app.command()
def show() -> None:
    """Print the policy in force, as its file was when it was accepted."""
    print(_within(_show).rstrip())


async def _show(db: Db) -> str:
    now = await rows.standing(db, "in_force")
    if now is None:
        raise InputError("No policy was put in force yet; start the house once.")
    when = f"{now.decided_at:%Y-%m-%d %H:%M} UTC" if now.decided_at else "?"
    return f"# In force since {when}, by {now.decided_by}; digest {now.digest}\n{now.body}"


@app.command(epilog="Example: export OPS_POLICY_ACCEPTED=$(python -m bot policy digest new.toml)")
def digest(file: Annotated[Path, typer.Argument(help="A policy, as ops.toml is one.")]) -> None:
    """Print what OPS_POLICY_ACCEPTED must say so that FILE is taken without anybody's yes."""
    print(policies.digest(settings.read(file)))


@app.command()
def diff(as_json: AsJson = False) -> int:
    """Say what the file would change; 1 when it would change something."""
    changed = _within(_diff)
    told = "\n".join([f"{_file()} would change:", *changed]) if changed else f"{_file()} is in force."
    print(json.dumps(changed, ensure_ascii=False) if as_json else told)
    return int(bool(changed))


async def _diff(db: Db) -> tuple[str, ...]:
    now = await rows.standing(db, "in_force")
    return policies.changes(now.body if now else "", _sound().body)


@app.command()
def accept() -> None:
    """Put what the file says in force."""
    changed = _within(_accept)
    print("\n".join(changed) or f"{_file()} is in force already.")
    if changed:
        print(f"Accepted: {policies.counted(changed)}. A running house goes by {_file()} within seconds.")


async def _accept(db: Db) -> tuple[str, ...]:
    """A shell that knows of another file than the house must not put that one in force."""
    said, waits = _sound(), await rows.standing(db, "waiting")
    if waits and waits.digest != said.digest:
        raise InputError(
            f"Something else waits than {_file()} says. Set OPS_POLICY as the house has it; or, when you have edited "
            "the file just now, give the house a minute to look at it."
        )
    return await policies.accept(db, said, _by())


@app.command()
def refuse() -> None:
    """Leave in force what is, and ask nobody about the file any more."""
    said = _sound()
    if not _within(lambda db: policies.refuse(db, said.digest, _by())):
        raise InputError("Nothing waits that the file says; `policy diff` shows how it stands.")
    print("Refused: the policy in force stays. The file still differs; put it back as it was.")


def _file() -> Path:
    """Which file this shell looks at: the house's own only when OPS_POLICY says the same there."""
    return settings.settings().ops_policy


def _by() -> str:
    return f"shell:{acceptances.who()}"


def _sound() -> Text:
    said = text(settings.settings())
    if said.problem:
        raise RefusedError(said.problem)
    return said


def _within(ask: Callable[[Db], Awaitable[T]]) -> T:
    async def asked() -> T:
        database = Database(stores.known(settings.settings().ops_data_dir, os.environ).database_url, pool=1)
        try:
            async with database.begin() as db:
                return await ask(db)
        finally:
            await database.close()

    return asyncio.run(asked())
