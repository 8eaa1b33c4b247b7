"""A backup put in place, in a house that stands still; it then starts in recovery, which a person ends."""

from __future__ import annotations

import asyncio
import getpass
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from bot import account as accounts
from bot import archive, schema, settings, stores, terminal, wiring
from bot.settings import Settings
from domain.actions import recovered
from domain.kernel.errors import RefusedError
from domain.kernel.ports import Ops
from jobs.flows import FlowsClient
from models import backup as backups
from models import recovery
from models.backup import Made
from models.recovery import Kept

_ASIDE = ("postgres", "postgres.password", "valkey", "valkey.password")
"""What of a data directory is the state of the old house."""
_LEFT_OUT = ("DEFAULT ACL", "COMMENT - EXTENSION", "SCHEMA - public")
"""What a dump says of its own server rather than of our tables."""


def run(path: Path, *, replace: bool, durable: bool = True) -> str:
    """Restore an archive; RefusedError for a running house, a filled one without `replace`, or a newer archive.

    What `replace` takes out of the way is moved aside, never deleted.
    """
    found = settings.settings()
    manifest = archive.prove(path)
    schema.refuse_newer(manifest.schema)
    aside = _moved_aside(found) if replace else None
    marker = found.ops_data_dir / settings.RESTORING
    with stores.embedded(found.ops_data_dir, os.environ, durable=durable) as running:
        if schema.filled(running.database_url):
            raise RefusedError(_filled(found))
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.write_text(str(path), encoding="utf-8")
        _load(path, running)
        made = Made(str(path.absolute()), datetime.fromisoformat(manifest.made_at), path.stat().st_size, 0.0)
        begun = asyncio.run(_begin(found, made))
        policy = _policy(path, found)
    marker.unlink()
    return "\n".join([_sentence(path, begun), *([f"The old data are in {aside}."] if aside else []), *policy])


def _moved_aside(found: Settings) -> Path | None:
    """The embedded stores' data out of the way; None when there are none."""
    if stores.given(os.environ)[0]:
        raise RefusedError("DATABASE_URL names a database of yours: name an empty one, and leave --replace out.")
    home = accounts.make_home(found.ops_data_dir)
    with stores.held(home):
        there = [home / name for name in _ASIDE if (home / name).exists()]
        aside = home / f"before-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
        if there:
            aside.mkdir(mode=0o700)
        for one in there:
            one.rename(aside / one.name)
    return aside if there else None


def _filled(found: Settings) -> str:
    if stores.given(os.environ)[0]:
        return "The database is not empty; make an empty one and name it in DATABASE_URL."
    return f"{found.ops_data_dir} holds a house; --replace moves its data aside (nothing is deleted)."


def _load(path: Path, running: stores.Stores) -> None:
    """The archive's database, whole or not at all, brought to the schema of this program."""
    schema.admit(running.database_url)
    with tempfile.TemporaryDirectory(prefix="restore-") as place:
        archive.unpack(path, Path(place), (archive.DATABASE,))
        dump, chosen = Path(place) / archive.DATABASE, Path(place) / "list"
        lines = archive.tool("pg_restore", "--list", str(dump)).splitlines()
        chosen.write_text("\n".join(one for one in lines if not any(word in one for word in _LEFT_OUT)))
        how = ("--no-owner", "--exit-on-error", "--single-transaction", f"--use-list={chosen}")
        archive.tool("pg_restore", *how, str(dump), url=running.libpq_url)
    schema.admit(running.database_url, from_now_on=True)
    schema.upgrade(running.database_url)


async def _begin(found: Settings, made: Made) -> Kept:
    """Enter recovery: flows that would go on at a vendor end where they stand."""
    async with wiring.house(found, "restore", pool=1) as ops:
        async with ops.db.begin() as db:
            flows = await recovery.open_flows(db)
            await backups.note(db, made)
        engine = FlowsClient(ops.db.url, ops.db.begin)
        try:
            await engine.cancel(flows)
        finally:
            engine.close()
        return await recovered.begin(ops, Path(made.place).name, made.made_at)


def _policy(path: Path, found: Settings) -> list[str]:
    """What to know when the policy of the backup, which is in force again, is not what the file says."""
    with tempfile.TemporaryDirectory(prefix="restore-") as place:
        archive.unpack(path, Path(place), (archive.POLICY,))
        then = (Path(place) / archive.POLICY).read_text(encoding="utf-8")
    if then == found.ops_policy.read_text(encoding="utf-8"):
        return []
    return [
        f"The policy of then is in force again; {found.ops_policy} says otherwise: python -m bot policy diff, accept."
    ]


def _sentence(path: Path, begun: Kept) -> str:
    number = len(begun.found["actions"])
    open_ = f"{number} action{'s' if number != 1 else ''}, {begun.found['approvals']} approvals"
    return (
        f"{path.name} of {begun.taken_at:%Y-%m-%d %H:%M} UTC is restored; open then: {open_}. Start the house: "
        "it looks at the vendors, tells what it finds, and begins no action until `python -m bot restore finish`."
    )


def status() -> str:
    """How the recovery stands, in a sentence."""
    one = terminal.within(recovered.current)
    if one is None:
        return "The house is in no recovery."
    unknown = [name for name, word in one.found["actions"].items() if not word]
    left = f"; not looked up yet: {', '.join(unknown)}" if unknown else "; everything is looked up"
    return f"In recovery since {one.restored_at:%Y-%m-%d %H:%M} UTC, from {one.backup}{left}."


def finish(*, anyway: bool) -> str:
    """End the recovery of the running house."""

    async def asked(ops: Ops) -> str:
        one = await recovered.finish(ops, f"terminal:{getpass.getuser()}", anyway=anyway)
        return f"The recovery from {one.backup} is over; actions are begun again."

    return terminal.within(asked)
