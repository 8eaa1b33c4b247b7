"""python -m sandbox: start the small Slack, the small company, or both."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

REFUSED_CONFIGURATION = 78
app = typer.Typer(add_completion=False, help="A small Slack and a small company, for a laptop.")

StateDir = Annotated[Path | None, typer.Option("--state", help="Directory that outlives a restart.")]
Tethered = Annotated[bool, typer.Option("--tethered", hidden=True, help="End when standard input ends.")]


def refuse(sentence: str) -> typer.Exit:
    """One plain sentence on standard error, and the exit code of refused configuration."""
    typer.echo(sentence, err=True)
    return typer.Exit(REFUSED_CONFIGURATION)


def tether() -> None:
    """End this process with its parent: standard input is a pipe that closes when the parent is gone."""

    def watch() -> None:
        sys.stdin.buffer.read()
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@app.command()
def slack(  # noqa: PLR0913  # every option is one word on the command line
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 3900,
    state: StateDir = None,
    manifest: Annotated[Path | None, typer.Option(help="The app's manifest; without it everything is allowed.")] = None,
    no_limits: Annotated[bool, typer.Option("--no-limits", help="No rate limits.")] = False,
    lean: Annotated[
        bool, typer.Option("--lean", help="Without files, streams, assistant, scheduling, validation.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Repeatable ids and chance.")] = None,
    retry_scale: Annotated[float, typer.Option(help="Multiplies the waits before an event is sent again.")] = 1.0,
    bot_token: Annotated[list[str] | None, typer.Option(help="A further accepted bot token.")] = None,
    app_token: Annotated[list[str] | None, typer.Option(help="A further accepted app token.")] = None,
    tethered: Tethered = False,
) -> None:
    """Serve the Slack until SIGTERM."""
    from sandbox.slack import manifest as manifests  # noqa: PLC0415  # each command loads only its own half
    from sandbox.slack.server import serve  # noqa: PLC0415
    from sandbox.slack.workspace import Options  # noqa: PLC0415

    if tethered:
        tether()
    try:
        found = manifests.read(manifest) if manifest else None
    except (OSError, ValueError) as error:
        raise refuse(f"The manifest {manifest} cannot be read: {error}") from error
    options = Options(
        state, seed, not no_limits, lean, retry_scale,
        frozenset(["xoxb-sandbox-bot", *(bot_token or [])]), frozenset(["xapp-sandbox-app", *(app_token or [])]),
    )  # fmt: skip
    raise typer.Exit(asyncio.run(serve(options, port, found)))


@app.command()
def vendors(
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 3901,
    state: Annotated[Path, typer.Option(help="Directory that outlives a restart.")] = Path("var/sandbox"),
    now: Annotated[datetime | None, typer.Option(help="Start the company's clock here.")] = None,
    seed: Annotated[int, typer.Option(help="Repeatable company.")] = 1,
    tethered: Tethered = False,
) -> None:
    """Serve the company's vendors until SIGTERM."""
    from sandbox.vendors.server import run  # noqa: PLC0415  # each command loads only its own half

    if tethered:
        tether()
    run(port, state, now, seed)


if __name__ == "__main__":
    app()
