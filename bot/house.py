"""`python -m bot run`: the stores, the release, and every process of the Procfile under one supervisor."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path

from bot import procfile, program, stores
from bot.crier import Crier
from bot.program import Program
from bot.supervisor import Supervisor
from bot.warden import Ear, Pace, Ward, Warden
from domain.kernel import point
from domain.kernel.errors import EXIT_REFUSED, RefusedError

_OURS = ("python", "-m", "bot", "run")  # a Procfile line that begins so can be forked instead of executed
_STOP_FOR = 25.0  # seconds for a worker to finish the step it is in


def run(
    root: Path,
    data_dir: Path,
    environment: Mapping[str, str],
    *,
    enter: Callable[[str], int] | None = None,
    say: Callable[[str], None] = lambda sentence: print(f"run: {sentence}", file=sys.stderr, flush=True),
) -> int:
    """Run the house until SIGTERM or SIGINT (0), a refusal (78) or stores or a release that fail (1).

    `enter(name)` is what `python -m bot run NAME` calls; given, it runs in forks of this process.
    """
    try:
        lines = procfile.read(root / "Procfile")
        with stores.opened(data_dir, environment) as plan:
            surroundings = {**environment, "OPS_DATA_DIR": str(data_dir)}
            warden = _warden(root, data_dir, surroundings, say)
            with Supervisor(say, warden) as house:
                return _live(house, plan, data_dir, _programs(lines, root, warden.surroundings(surroundings), enter))
    except RefusedError as refusal:
        print(refusal.detail, file=sys.stderr, flush=True)
        return EXIT_REFUSED


def _warden(root: Path, data_dir: Path, environment: Mapping[str, str], say: Callable[[str], None]) -> Warden:
    """Who watches the programs; a test may have it watch so many times as fast."""
    pace = Pace()
    if environment.get(point.ALLOWED) == "1":
        pace = pace.faster(float(environment.get(point.FASTER) or 1))
    ear = Ear(data_dir) if sys.platform == "linux" else None
    return Warden(say, Crier(root, environment, say), ear=ear, pace=pace)


def _programs(
    lines: Mapping[str, tuple[str, ...]], root: Path, environment: Mapping[str, str], enter: Callable[[str], int] | None
) -> dict[str, Program]:
    """The Procfile's lines as programs; `python` and `alembic` are those beside the interpreter that runs us."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{environment.get('PATH', os.defpath)}"
    found = {}
    for name, argv in lines.items():
        one = Program(name, argv, env={**environment, "PATH": path, "OPS_PROCESS": name}, cwd=root, stop_for=_STOP_FOR)
        if argv[:4] == _OURS and len(argv) == 5:
            one = replace(one, run=enter and partial(enter, argv[4]), speaks=True)
        found[name] = one
    return found


def _live(house: Supervisor, plan: stores.Plan, data_dir: Path, programs: dict[str, Program]) -> int:
    with ExitStack() as stack:
        if plan.home is not None and plan.home != data_dir.resolve():
            house.say(f"the data live in {plan.home}, because the servers' account cannot walk to {data_dir}.")
        kept = _start_stores(house, plan)
        if kept is None:
            return 0 if house.asked_to_stop else 1
        if plan.programs:
            running = plan.stores if len(kept) == len(plan.programs) else replace(plan.stores, redis_url=None)
            stack.enter_context(stores.announced(data_dir, running))
        code = _release(house, programs.pop("release", None))
        if code == 0 and not house.asked_to_stop:
            for one in programs.values():
                house.keep(one)
            house.say(f"started {', '.join(programs)}.")
            house.watch()
        house.stop_all(kept)
        house.tell_refusal()
    if house.refusal is not None and code == 0:  # the release is alone when it refuses: its sentence was the last
        house.say(f"stopped, because the configuration is refused: {house.refusal}")
        return EXIT_REFUSED
    return code


def _start_stores(house: Supervisor, plan: stores.Plan) -> list[Ward] | None:
    """Start the servers of ours; None when there is no database. Without Valkey the house goes on."""
    kept = []
    for one in plan.programs:
        ward = house.keep(one)
        if house.ready(ward):
            kept.append(ward)
            continue
        house.stop([ward])
        if house.asked_to_stop or one.name == "postgres":
            if not house.asked_to_stop:
                house.say(f"PostgreSQL does not start: {program.last_words(one)}")
            house.stop_all(kept)
            return None
        house.say(f"Valkey does not start, the house goes on without short memory: {program.last_words(one)}")
    return kept


def _release(house: Supervisor, one: Program | None) -> int:
    """Run the release to its end; 0, or the code to end with."""
    if one is None:
        return 0
    code = house.finish(one)
    if code in (0, None):
        return 0
    if code != EXIT_REFUSED:
        house.say(f"the release failed ({' '.join(one.argv)}); nothing else was started.")
        return 1
    return EXIT_REFUSED
