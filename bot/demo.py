"""make demo: a small company made of real order data, a local Slack in the browser, the bot, and a pulse."""

from __future__ import annotations

import json
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from shlex import quote

import psutil
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from bot import account, demo_state, ports, program, sandboxed, settings, tour, tour_asks
from bot.demo_state import State
from bot.program import Child, Program
from domain.kernel.errors import EXIT_REFUSED, OpsError, RefusedError, SystemicError
from domain.trust import policies

_GATHERED = re.compile(r"^stage_minutes = \d+", re.MULTILINE)
_END_WITHIN = 60.0  # seconds until the house is killed
_PULSE_WITHIN = 300.0  # seconds after which waiting for the first pulse is given up


def run(*, once: bool, port: int) -> int:
    """Start everything and stay until Ctrl-C (0); with `once` walk through the tour, then end.

    OPS_DEMO_DIR replaces `var/demo`, OPS_WEB_PORT the port of the house's own page. A taken port ends with 78.
    """
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell starts what it puts behind itself without one
    signal.signal(signal.SIGTERM, _interrupt)
    console = Console(stderr=False)
    home = Path(os.environ.get("OPS_DEMO_DIR") or settings.ROOT / "var" / "demo")
    try:
        web_port = _web_port(port)
        _refuse_taken(port, web_port)
        with ExitStack() as stack:
            stack.callback(_sweep)
            slack_url, vendors_url, state = _open(stack, console, home, (port, web_port))
            if once:
                return _toured(console, slack_url, vendors_url)
            _invite(console, slack_url, state, home)
            while True:
                signal.pause()
    except KeyboardInterrupt:
        console.print("\nEverything has ended. The next `make demo` takes up where this one stopped.")
        return 0
    except OpsError as error:
        print(error.detail, file=sys.stderr)
        return EXIT_REFUSED if isinstance(error, RefusedError) else 1


def _sweep() -> None:
    """End a child that a signal met at its birth, before anybody could name it."""
    born = psutil.Process().children()
    for one in born:
        with suppress(psutil.NoSuchProcess):
            one.terminate()
    for one in psutil.wait_procs(born, _END_WITHIN)[1]:
        one.kill()


def _interrupt(_number: int, _frame: object) -> None:
    signal.raise_signal(signal.SIGINT)  # an event loop that runs just now ends its task by this one


def _web_port(port: int) -> int:
    """The port of the house's own page: asked for, or any free one when the sandbox takes any."""
    return settings.settings().ops_web_port if "OPS_WEB_PORT" in os.environ or port else 0


def _refuse_taken(port: int, web_port: int) -> None:
    """Before anything is written or started."""
    wanted = {"The port of the local Slack": port, "The vendors' port, the next one,": port + 1}
    for name, one in wanted.items() if port else ():
        ports.refuse_none(name, one)
        ports.refuse_taken(one, "stop what listens there, or take two others: make demo ARGS=--port=4900")
    ports.refuse_taken(web_port, "set OPS_WEB_PORT to a free one")


def _open(stack: ExitStack, console: Console, home: Path, at: tuple[int, int]) -> tuple[str, str, State]:
    """Sandbox, house, history, pulse: the addresses of Slack and the vendors, and what is in.

    `at`: the ports of Slack and of our page.
    """
    began, (port, web_port) = time.monotonic(), at
    manifest = _manifest(home)
    vendors = sandboxed.start("vendors", port + 1 if port else 0, home / "vendors")
    stack.callback(sandboxed.stop, vendors)
    slack = sandboxed.start("slack", port, home / "slack", "--manifest", str(manifest))
    stack.callback(sandboxed.stop, slack)
    console.print("The sandbox is up: a small Slack and four vendors.")
    environment = {"OPS_POLICY": str(_policy(home)), **sandboxed.environment(slack, vendors, home / "house", web_port)}
    _keep(environment, home)
    # Who starts a demo again after an upgrade has its new rules, without any ceremony.
    environment["OPS_POLICY_ACCEPTED"] = policies.digest(settings.read(Path(environment["OPS_POLICY"])))
    house = stack.enter_context(_house(environment, home))
    state = _await_pulse(console, house, home)
    if not tour.Desk(slack.url).listened_to():
        raise SystemicError(f"The bot does not connect: {_last_words(home)}")
    console.print(f"\n[bold]In #{state.channel}, {time.monotonic() - began:.0f} s after the start:[/bold]\n")
    console.print(state.pulse, markup=False, highlight=False)
    return slack.url, vendors.url, state


def _keep(environment: dict[str, str], home: Path) -> None:
    """What a shell needs to look at this house as it looks at itself, for `set -a; . FILE`."""
    ours = {name: said for name, said in environment.items() if name.startswith("OPS_") or os.environ.get(name) != said}
    account.write_private(home / "environment", "".join(f"{name}={quote(said)}\n" for name, said in ours.items()))


def _manifest(home: Path) -> Path:
    """The manifest as a file, so that the sandbox holds the bot to its own scopes."""
    from handlers import manifest, menu  # noqa: PLC0415 - Slack's code is loaded where it is needed

    home.mkdir(parents=True, exist_ok=True)
    path = home / "manifest.json"
    path.write_text(json.dumps(manifest.build(menu.MENU), indent=2), encoding="utf-8")
    return path


def _policy(home: Path) -> Path:
    """The shipped policy, but for one rule: in a demo nobody wants to wait until questions have gathered."""
    shipped = (settings.ROOT / "bot" / "ops.toml").read_text(encoding="utf-8")
    path = home / "ops.toml"
    path.write_text(_GATHERED.sub("stage_minutes = 0", shipped), encoding="utf-8")
    return path


@contextmanager
def _house(environment: dict[str, str], home: Path) -> Iterator[Child]:
    """`python -m bot run` as a person would start it; its words go to a file, and it ends with us however we end."""
    argv = (sys.executable, "-m", "bot", "run")
    log = home / "house.log"
    one = Program("house", argv, env=environment, cwd=settings.ROOT, log=log, death_signal=signal.SIGTERM)
    house = program.start(one)
    try:
        yield house
    finally:
        sandboxed.end(house, _END_WITHIN)


def _await_pulse(console: Console, house: Child, home: Path) -> State:
    """Show how the history comes in until today's pulse is in the channel."""
    until = time.monotonic() + _PULSE_WITHIN
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[note]}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=False) as bars:
        history = bars.add_task("History of the shop ", total=None, note="the stores are starting")
        for state in demo_state.follow(home / "house"):
            _draw(bars, history, state)
            if state.pulse:
                return state
            if (code := house.poll()) is not None:
                raise (RefusedError if code == EXIT_REFUSED else SystemicError)(f"The house ended: {_last_words(home)}")
            if time.monotonic() > until:
                raise SystemicError(f"No pulse within {_PULSE_WITHIN:.0f} s; look into {home / 'house.log'}.")
    raise AssertionError("following the state ends by returning or raising")


def _draw(bars: Progress, history: TaskID, state: State) -> None:
    if state.orders_of:
        note = f"{state.orders:,} of {state.orders_of:,} orders, back to {state.since or 'today'}"
        bars.update(history, total=state.orders_of, completed=state.orders, note=note)
    elif state.orders:
        bars.update(history, note=f"{state.orders:,} orders")


def _last_words(home: Path) -> str:
    words = (home / "house.log").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return words[-1] if words else "it said nothing"


def _toured(console: Console, url: str, vendors: str) -> int:
    desk = tour.Desk(url)
    steps = [*tour.walk(url), *tour_asks.walk(desk, vendors), desk.checks()]
    console.print()
    for step in steps:
        console.print(f"{'✓' if step.passed else '✗'} {step.name}: {step.saw}", markup=False, highlight=False)
    failed = [step for step in steps if not step.passed]
    console.print(f"\nThe tour took {len(steps)} steps, {len(failed)} failed.")
    return 1 if failed else 0


def _invite(console: Console, url: str, state: State, home: Path) -> None:
    """What to try now; an address is never broken into two lines."""
    console.print(f"\nOpen [bold]{url}/[/bold] and try these:", soft_wrap=True)
    console.print("  1. type /pulse or /health in any channel", markup=False)
    console.print("  2. reply in the pulse's thread: why did revenue change?", markup=False)
    console.print("  3. as the operations lead, approve what /ops approvals names, then undo it", markup=False)
    console.print("  4. click Home, or break something with the fault buttons and watch it heal", markup=False)
    shell = f"set -a; . {quote(str(home / 'environment'))}; set +a; .venv/bin/python -m bot doctor"
    console.print(f"  5. look at the house from a shell: {shell}", markup=False, soft_wrap=True)
    console.print(f"\n{'' if state.whole else 'Older history keeps coming in behind. '}Ctrl-C ends everything.")
