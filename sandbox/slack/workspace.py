"""Everything one sandbox knows, and how it comes back after a restart."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.slack.core import Core, make_core
from sandbox.slack.delivery import Delivery
from sandbox.slack.files import Files
from sandbox.slack.hooks import Hooks
from sandbox.slack.hub import Hub
from sandbox.slack.journal import Journal
from sandbox.slack.limits import Limits
from sandbox.slack.manifest import Manifest
from sandbox.slack.messages import Messages
from sandbox.slack.people import CREATED, Channel, Directory
from sandbox.slack.threads import Threads
from sandbox.slack.views import Views


@dataclass(frozen=True, slots=True)
class Options:
    """How a sandbox is started."""

    state: Path | None = None
    seed: int | None = None
    limits: bool = True
    lean: bool = False
    retry_scale: float = 1.0
    bot_tokens: frozenset[str] = frozenset({"xoxb-sandbox-bot"})
    app_tokens: frozenset[str] = frozenset({"xapp-sandbox-app"})


@dataclass(slots=True)
class Workspace:
    """The parts of one sandbox; `url` is known once it listens."""

    options: Options
    core: Core
    journal: Journal
    people: Directory
    messages: Messages
    views: Views
    files: Files
    threads: Threads
    hooks: Hooks
    hub: Hub
    delivery: Delivery
    limits: Limits
    manifest: Manifest
    url: str = ""
    refresher: object | None = None
    boot: int = 1


def open_workspace(options: Options, manifest: Manifest | None = None) -> Workspace:
    """Make a workspace and bring back what its journal remembers."""
    journal = Journal(options.state)
    records = list(journal.replay())
    boot = 1 + sum(record.get("count", 1) for record in records if record["op"] == "boot")
    seed = random.SystemRandom().getrandbits(48) if options.seed is None else options.seed
    core = make_core(seed, boot)
    hub = Hub(core.clock, core.ids)
    workspace = Workspace(
        options, core, journal, Directory(), Messages(journal), Views(), Files(options.state), Threads(),
        Hooks(core.clock, f"{seed}:{boot}"), hub, Delivery(core, hub), Limits(core.clock, options.limits),
        manifest or Manifest(), boot=boot,
    )  # fmt: skip
    workspace.delivery.retry_scale = options.retry_scale
    for record in records:
        replay(workspace, record)
    return workspace


def keep(workspace: Workspace) -> None:
    """Begin to write changes down; called once it is sure that this sandbox runs. Raises OSError."""
    workspace.journal.open(snapshot(workspace, workspace.boot))


def replay(workspace: Workspace, record: dict[str, Any]) -> None:
    """Put one change from the journal back."""
    match record["op"]:
        case "message":
            workspace.messages.restore(record["channel"], record["message"])
            workspace.core.ids.seen_ts(record["message"]["ts"])
        case "delete":
            workspace.messages.forget(record["channel"], record["ts"])
        case "home":
            workspace.views.homes[record["user"]] = record["view"]
        case "file":
            workspace.files.known[record["file"]["id"]] = record["file"]
        case "channel":
            restore_channel(workspace, record["channel"])
        case "reset":
            forget(workspace)
        case _:
            pass


def restore_channel(workspace: Workspace, raw: dict[str, Any]) -> None:
    """Bring back a channel made, joined or archived during an earlier run."""
    workspace.people.channels[raw["id"]] = Channel(
        raw["id"], raw["name"], raw["topic"], set(raw["members"]), raw.get("im_user", ""), raw["archived"],
        raw.get("created", CREATED),
    )  # fmt: skip


def channel_record(channel: Channel) -> dict[str, Any]:
    """A channel as the journal keeps it."""
    return {"id": channel.id, "name": channel.name, "topic": channel.topic, "members": sorted(channel.members),
            "im_user": channel.im_user, "archived": channel.archived, "created": channel.created}  # fmt: skip


def snapshot(workspace: Workspace, boot: int) -> Iterator[dict[str, Any]]:
    """What is true now, as journal records."""
    yield {"op": "boot", "count": boot}
    for channel in workspace.people.channels.values():
        yield {"op": "channel", "channel": channel_record(channel)}
    for channel_id, message in workspace.messages.everything():
        yield {"op": "message", "channel": channel_id, "message": message}
    for user, view in workspace.views.homes.items():
        yield {"op": "home", "user": user, "view": view}
    for file in workspace.files.known.values():
        yield {"op": "file", "file": file}


def forget(workspace: Workspace) -> None:
    """Back to an empty company: no messages, views, files or extra channels."""
    workspace.messages.clear()
    workspace.views.clear()
    workspace.files.known.clear()
    workspace.threads.clear()
    fresh = Directory()
    workspace.people.channels = fresh.channels
    workspace.people.users = fresh.users
