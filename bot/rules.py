"""What the rules for work say on the command line: of one sentence or brief, and of all work of the past."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from bot import refusals, settings, wiring
from domain.kernel.errors import InputError
from domain.kernel.policy_tasks import Tasks
from domain.tasks import decision, intake
from domain.tasks.brief import Brief
from domain.tasks.classify import RuleClassifier
from domain.tasks.decision import Backtest, Change, Decision, Origin
from models import task

app = typer.Typer(help="The rules that say where work goes.", no_args_is_help=True, add_completion=False)

Rules = Annotated[
    Path | None, typer.Option("--rules", help="A file that stands in place of the policy where it says something.")
]
AsJson = Annotated[bool, typer.Option("--json", help="As data.")]


@app.command("test")
def one(
    words: Annotated[str, typer.Argument(help="What somebody would write.")] = "",
    file: Annotated[Path | None, typer.Option("--file", help="A brief as JSON, as a webhook would send it.")] = None,
    rules: Rules = None,
    came: Annotated[str, typer.Option("--from", help="SOURCE:REQUESTER:CHANNEL, as far as a rule asks.")] = "terminal",
    as_json: AsJson = False,
) -> None:
    """Tell what would become of one sentence or brief; nothing is handed in."""
    tasks = _tasks(rules)
    brief = intake.from_fields(_body(file), tasks) if file else intake.from_words(words, tasks)
    source, requester, channel = (*came.split(":", 2), "", "")[:3]
    found = asyncio.run(decision.decide(tasks, RuleClassifier(tasks), brief, Origin(source, requester, channel)))
    print(json.dumps(_data(found), indent=2, ensure_ascii=False) if as_json else _told(tasks, brief, found))


@app.command("backtest")
def past(rules: Rules = None, as_json: AsJson = False) -> None:
    """Decide all work of the past anew and tell what would go elsewhere; nothing is changed."""
    found = asyncio.run(_decided_anew(_tasks(rules)))
    print(json.dumps(asdict(found), indent=2, ensure_ascii=False) if as_json else _table(found))


async def _decided_anew(tasks: Tasks) -> Backtest:
    async with wiring.house(settings.settings(), "terminal", pool=1) as ops, ops.db.begin() as db:
        return await decision.backtest(tasks, task.decided(db))


def _tasks(rules: Path | None) -> Tasks:
    path = settings.settings().ops_policy
    policy = settings.policy(path, rules)
    refusals.strangers(policy, rules or path)
    return policy.tasks


def _body(file: Path) -> dict[str, Any]:
    try:
        body = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise InputError(f"{file} cannot be read as JSON: {error}.") from error
    if not isinstance(body, dict):
        raise InputError(f"{file} must hold one JSON object.")
    return body


def _data(found: Decision) -> dict[str, Any]:
    return {
        "classified": asdict(found.classified) if found.classified else None,
        "routed": asdict(found.routed),
        "brief": found.taken.brief.model_dump(mode="json"),
        "questions": [asdict(one) for one in found.taken.questions],
    }


def _told(tasks: Tasks, brief: Brief, found: Decision) -> str:
    """One line for each thing that was decided, and why."""
    told, routed = found.classified, found.routed
    others = ", ".join(f"{one.category} {one.weight}" for one in RuleClassifier(tasks).weighed(brief)) or "none"
    lines = [
        ("category", f"{told.category} ({told.confidence:.0%}: {told.why})" if told else "none that is clear"),
        ("weighed", others),
        ("rule", routed.rule or f"none: {routed.why}"),
        ("goes to", f"{routed.department or 'a person'}: {routed.path} {routed.action}".rstrip()),
        ("inputs", ", ".join(f"{name} = {value}" for name, value in found.taken.brief.inputs.items()) or "none"),
        *(("asks", one.text) for one in found.taken.questions),
        ("version", routed.version),
    ]
    return "\n".join(f"{name:<10}{text}" for name, text in lines)


def _table(found: Backtest) -> str:
    """How many would go elsewhere, from where to where, and which."""
    first = f"{len(found.changes)} of {found.tasks} tasks would be decided otherwise (rules {found.version})."
    unread = [f"{found.unread} briefs could not be read."] if found.unread else []
    moves = Counter(_move(one) for one in found.changes)
    counts = [f"{count:>6}  {move}" for move, count in moves.most_common()]
    which = [f"{one.id}  {_move(one)}  {' '.join(one.objective.split())[:60]}" for one in found.changes]
    return "\n".join((first, *unread, *counts, *which))


def _move(change: Change) -> str:
    return f"{_place(change.was)} → {_place(change.becomes)}"


def _place(decided: tuple[str, ...]) -> str:
    category, department, path, rule = decided
    return f"{category or 'unclear'}/{department or 'a person'}/{path} ({rule or 'no rule'})"
