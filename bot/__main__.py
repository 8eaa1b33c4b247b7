"""The command line: python -m bot and a word; `--help` lists the words and says what each is for."""

from __future__ import annotations

import gc
import json
import os
import sys
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from bot import settings
from domain.kernel.errors import EXIT_REFUSED, OpsError, RefusedError

gc.set_threshold(20_000, 20, 20)  # what is loaded stays: to look through it for garbage is an eighth of a start

app = typer.Typer(
    help="Operations Brain: an operations brain that lives in Slack.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.command(epilog="Example: python -m bot run --i-accept=no-approvers")
def run(
    name: Annotated[str | None, typer.Argument(help="One process of the Procfile; without it, all of them.")] = None,
    accept: Annotated[
        list[str] | None, typer.Option("--i-accept", help="A danger by its name, for 24 hours; shown while it lasts.")
    ] = None,
) -> None:
    """Start everything under one supervisor, or one process by NAME."""
    from bot import (  # noqa: PLC0415 - the supervisor and a single process load different code
        acceptances,
        house,
        process,
        refusals,
    )

    found, flags = settings.settings(), accept or []
    acceptances.refuse_wrong(flags)
    if name is not None:
        acceptances.keep(found.ops_data_dir, flags)
        raise typer.Exit(process.enter(name))
    os.environ.pop("OPS_PROCESS", None)  # a whole house is no process of one that began before
    refusals.check(found, flags)
    process.preload()
    if code := refusals.try_outside(flags):
        raise typer.Exit(code)
    acceptances.keep(found.ops_data_dir, flags)
    raise typer.Exit(house.run(settings.ROOT, found.ops_data_dir, os.environ, enter=process.enter))


@app.command()
def demo(
    once: Annotated[bool, typer.Option("--once", help="Walk through a short tour by itself, then end.")] = False,
    port: Annotated[int, typer.Option(help="Where the local Slack listens.")] = 3900,
) -> None:
    """Start a small company, a local Slack in the browser and the bot; post a pulse."""
    from bot import demo as demonstration  # noqa: PLC0415 - nobody else needs the demo's code

    raise typer.Exit(demonstration.run(once=once, port=port))


_DOCTOR_GROUPS = (
    "One of environment, files, stores, house, slack, vendors, credentials and alarm; all of these when left out. "
    "`deadman` raises an alarm on purpose."
)


@app.command()
def manifest() -> None:
    """Print the Slack app manifest, derived from what the bot really handles."""
    from handlers import manifest as manifests  # noqa: PLC0415 - Slack's code is loaded where it is needed
    from handlers import menu  # noqa: PLC0415

    print(json.dumps(manifests.build(menu.MENU), indent=2))


@app.command()
def pulse(day: Annotated[str | None, typer.Argument(help="YYYY-MM-DD; today when left out.")] = None) -> None:
    """Print the pulse of a running house."""
    from bot import terminal  # noqa: PLC0415 - `run` must stay light

    print(terminal.pulse(day))


@app.command()
def health() -> None:
    """Print whether a running house is well."""
    from bot import terminal  # noqa: PLC0415

    print(terminal.well())


@app.command()
def task(
    words: Annotated[str, typer.Argument(help="What is to be done; or the id of a task, to see how it stands.")],
    by: Annotated[str, typer.Option("--for", help="The handle of who gets the outcome, and cannot approve it.")] = "",
) -> None:
    """Hand work in to a running house, as /task does."""
    from bot import terminal  # noqa: PLC0415

    print(terminal.task(words, by))


@app.command()
def history() -> None:
    """Show how the history of the connected sources fills; Ctrl-C leaves it filling."""
    from bot import terminal  # noqa: PLC0415

    terminal.history()


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def rules(context: typer.Context) -> None:
    """Try the rules for work: `rules test "words"`, or `rules backtest --rules new.toml` on the work of the past."""
    from bot import rules as rulebook  # noqa: PLC0415

    rulebook.app(context.args, prog_name="python -m bot rules", standalone_mode=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def policy(context: typer.Context) -> None:
    """The policy in force: `policy show`; `diff` with its file; `accept` or `refuse` what the file says."""
    from bot import policies  # noqa: PLC0415

    raise typer.Exit(policies.app(context.args, prog_name="python -m bot policy", standalone_mode=False) or 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def audit(context: typer.Context) -> None:
    """Look at the trail: `audit verify` makes every hash anew, `audit tail` shows what happened last."""
    from bot import audit as auditing  # noqa: PLC0415

    raise typer.Exit(auditing.app(context.args, prog_name="python -m bot audit", standalone_mode=False) or 0)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def jobs(context: typer.Context) -> None:
    """List the jobs; `jobs run|pause|resume NAME`, and `jobs graph`: in which order a house is brought up."""
    from bot import jobs as timetable  # noqa: PLC0415

    timetable.app(context.args, prog_name="python -m bot jobs", standalone_mode=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def alerts(context: typer.Context) -> None:
    """Alarms: `alerts say KEY "text"` raises one, `alerts drill --break slack` tries a road, `alerts list` tells."""
    from bot import alerts as alarms  # noqa: PLC0415

    raise typer.Exit(alarms.app(context.args, prog_name="python -m bot alerts", standalone_mode=False) or 0)


@app.command()
def why(
    word: Annotated[str, typer.Argument(metavar="ID", help="A task, action, approval or escalation: A-7K2QJ5MB3X.")],
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Tell why something was done: who asked, who allowed it, which rule, what was known, what came of it."""
    from bot import audit as auditing  # noqa: PLC0415

    raise typer.Exit(auditing.why(word, as_json=as_json))


@app.command()
def replay(
    to: Annotated[str, typer.Option(help="A moment such as 2026-11-20T09:30 (UTC); now when left out.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Rebuild tasks, approvals and actions from the trail and hold them against the tables; 1 when they differ."""
    from bot import audit as auditing  # noqa: PLC0415

    raise typer.Exit(auditing.replayed(to, as_json=as_json))


@app.command(epilog="Example, for a script: python -m bot check --json")
def check(
    what: Annotated[
        Literal["invariants"] | None,
        typer.Argument(help="`invariants`: what must hold at every moment, I1 to I6. Without it: the self-check, now."),
    ] = None,
    late: Annotated[float, typer.Option(help="Minutes the house has to notice what ran out of time.")] = 35,
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Look at a running house as the self-check does; exit code 1 when something is bad, which is named."""
    from bot import audit as auditing  # noqa: PLC0415
    from bot import selfcheck  # noqa: PLC0415

    raise typer.Exit(auditing.check(late, as_json=as_json) if what else selfcheck.run(as_json=as_json))


@app.command(epilog="Example: python -m bot backup --to /mnt/backups --keep 14")
def backup(
    to: Annotated[Path | None, typer.Option(help="The folder to put it into; `backups` beside the data.")] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="How many stay there; all when left out.")] = None,
) -> None:
    """Back a running house up into one file, and read that back to its end."""
    from bot import backup as archiving  # noqa: PLC0415

    with Console(stderr=True).status("The house is dumped, and the dump is read back."):
        said = archiving.run(to, keep)
    print(said)


@app.command(epilog="Examples: python -m bot doctor slack, python -m bot doctor files --repair")
def doctor(
    group: Annotated[str, typer.Argument(help=_DOCTOR_GROUPS)] = "",
    as_json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
    repair: Annotated[bool, typer.Option("--repair", help="Mend what is safe to mend: rights and owners.")] = False,
) -> None:
    """Look at everything that may be wrong, name it with its mend; exit code 1 when something needs a person."""
    from bot import doctor as doctors  # noqa: PLC0415

    raise typer.Exit(doctors.run(group, as_json=as_json, repair=repair))


@app.command(epilog="Example: python -m bot restore backups/operations-brain-20261120T023000Z.tar --replace")
def restore(
    what: Annotated[str, typer.Argument(metavar="FILE|finish|status", help="A backup; or how the recovery stands.")],
    replace: Annotated[bool, typer.Option("--replace", help="Move the data that are there aside first.")] = False,
    anyway: Annotated[bool, typer.Option("--anyway", help="Finish though a vendor could not be asked.")] = False,
) -> None:
    """Put a backup in place; the house then looks at the vendors and begins nothing until `restore finish`."""
    from bot import restore as restoring  # noqa: PLC0415

    match what:
        case "finish":
            print(restoring.finish(anyway=anyway))
        case "status":
            print(restoring.status())
        case _:
            with Console(stderr=True).status("The backup is read, loaded, and brought to this version."):
                said = restoring.run(Path(what), replace=replace)
            print(said)


@app.command()
def documents(
    check: Annotated[
        bool, typer.Option("--check", help="Only name what is stale; exit code 1 when something is.")
    ] = False,
) -> None:
    """Write the data dictionary, the integration matrix and the runbook anew from the code."""
    from bot import documents as living  # noqa: PLC0415

    found, lacking = (list(living.stale()) if check else living.write()), living.missing()
    for one in (*found, *lacking):
        print(one)
    raise typer.Exit(1 if lacking or (check and found) else 0)


def main() -> None:
    """Run a command; a refused configuration ends in one sentence and exit code 78."""
    try:
        app()
    except OpsError as error:
        print(error.detail, file=sys.stderr)
        raise SystemExit(EXIT_REFUSED if isinstance(error, RefusedError) else 1) from None


if __name__ == "__main__":
    main()
