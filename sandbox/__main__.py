"""python -m sandbox: start the small Slack, the small company, or both."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

REFUSED_CONFIGURATION = 78
app = typer.Typer(add_completion=False, help="A small Slack and a small company, for a laptop.")

Tethered = Annotated[bool, typer.Option("--tethered", hidden=True, help="End when standard input ends.")]


def refuse(sentence: str) -> typer.Exit:
    """One plain sentence on standard error, and the exit code of refused configuration."""
    typer.echo(sentence, err=True)
    return typer.Exit(REFUSED_CONFIGURATION)


def tether() -> None:
    """End this process with its parent: standard input is a pipe that closes when the parent is gone."""

    def watch() -> None:
        while os.read(0, 4096):  # not through sys.stdin: its lock, held here, would abort the interpreter's own end
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, daemon=True).start()


@app.command("slack")
@dataclass(kw_only=True)
class SlackCommand:
    """Serve the Slack until SIGTERM."""

    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 3900
    state: Annotated[Path | None, typer.Option(help="Directory that outlives a restart.")] = None
    manifest: Annotated[Path | None, typer.Option(help="The app's manifest; without one everything is allowed.")] = None
    no_limits: Annotated[bool, typer.Option("--no-limits", help="No rate limits.")] = False
    lean: Annotated[bool, typer.Option("--lean", help="No files, streams, assistant, scheduling, validation.")] = False
    seed: Annotated[int | None, typer.Option(help="Repeatable ids and chance.")] = None
    retry_scale: Annotated[float, typer.Option(help="Multiplies the waits before an event is sent again.")] = 1.0
    faults: Annotated[Path | None, typer.Option(help="A JSON list of faults to arm at the start.")] = None
    bot_token: Annotated[list[str] | None, typer.Option(help="A further accepted bot token.")] = None
    app_token: Annotated[list[str] | None, typer.Option(help="A further accepted app token.")] = None
    tethered: Tethered = False

    def __post_init__(self) -> None:
        """Run; typer builds this object from the command line."""
        from sandbox.slack.server import serve  # noqa: PLC0415  # each command loads only its own half
        from sandbox.slack.workspace import Options  # noqa: PLC0415

        if self.tethered:
            tether()
        options = Options(
            self.state, self.seed, not self.no_limits, self.lean, self.retry_scale,
            frozenset(["xoxb-sandbox-bot", *(self.bot_token or [])]),
            frozenset(["xapp-sandbox-app", *(self.app_token or [])]),
        )  # fmt: skip
        try:
            code = asyncio.run(serve(options, self.port, self.manifest, self.faults))
        except (OSError, ValueError) as error:
            raise refuse(f"The sandbox cannot start: {error}") from error
        raise typer.Exit(code)


@app.command()
def vendors(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free port.")] = 3901,
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


@app.callback(invoke_without_command=True)
def both(
    context: typer.Context,
    slack_port: Annotated[int, typer.Option(max=65535, help="Where the Slack listens.")] = 3900,
    vendors_port: Annotated[int, typer.Option(max=65535, help="Where the vendors listen.")] = 3901,
    state: Annotated[Path, typer.Option(help="Directory that outlives a restart.")] = Path("var/sandbox"),
    manifest: Annotated[Path | None, typer.Option(help="The app's manifest, for the Slack.")] = None,
) -> None:
    """Without a command: start both, and end both on SIGTERM or Ctrl-C."""
    if context.invoked_subcommand is not None:
        return
    from sandbox.pair import run_pair  # noqa: PLC0415  # only this road needs it

    slack = ["slack", "--port", str(slack_port), "--state", str(state)]
    if manifest is not None:
        slack += ["--manifest", str(manifest)]
    raise typer.Exit(run_pair([slack, ["vendors", "--port", str(vendors_port), "--state", str(state)]]))


if __name__ == "__main__":
    app()
