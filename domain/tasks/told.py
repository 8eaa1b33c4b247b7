"""The rules for work as people read them: which there are, and what would become of one sentence."""

from __future__ import annotations

from domain.kernel.card import Card, Context, Fact, Facts, Line, Lines, Part
from domain.kernel.policy_tasks import Condition, Rule, Tasks
from domain.kernel.ports import Ops
from domain.tasks import decision, intake, routing
from domain.tasks.classify import RuleClassifier
from domain.tasks.decision import Origin

_NONE = Line("warn", "no rule matches", "a person is asked")


def rules(tasks: Tasks) -> Card:
    """Every rule in its order, and what happens when none matches."""
    lines = [Line("ok", one.name, f"{_when(one)} → {_goes(one)}") for one in tasks.rules]
    part = Lines((*lines, _NONE), "In order; the first that matches wins")
    return Card("Where work goes", f"{len(tasks.rules)} rules decide.", (part, _version(tasks)))


async def tried(ops: Ops, words: str, requester: str) -> Card:
    """What would become of these words; nothing is handed in."""
    tasks = ops.policy.tasks
    brief = intake.from_words(words, tasks)
    found = await decision.decide(tasks, RuleClassifier(tasks), brief, Origin("slash", requester))
    routed, kind = found.routed, found.classified
    facts = [
        Fact("Kind of work", kind.category if kind else "none that is clear", kind.why if kind else ""),
        Fact("Rule", routed.rule or "none", routed.why),
        Fact("Goes to", routed.department or "a person", f"{routed.path} {routed.action}".strip()),
    ]
    parts: list[Part] = [Facts(tuple(facts))]
    if found.taken.questions:
        parts.append(Lines(tuple(Line("off", one.name, one.text) for one in found.taken.questions), "Would be asked"))
    where = routed.department or "a person"
    return Card("What would become of it", f"It would go to {where}; nothing was handed in.", (*parts, _version(tasks)))


def _version(tasks: Tasks) -> Context:
    return Context((f"Rules {routing.version(tasks)}, from ops.toml",))


def _when(rule: Rule) -> str:
    return " and ".join(map(_condition, rule.when)) or "always"


def _condition(one: Condition) -> str:
    value = ", ".join(one.value) if isinstance(one.value, tuple) else "" if one.value is None else str(one.value)
    return f"{one.field.removeprefix('inputs.')} {one.op.replace('_', ' ')} {value}".rstrip()


def _goes(rule: Rule) -> str:
    if rule.path == "escalate":
        return "a person"
    return f"{rule.department}{f': {rule.path}' if rule.path else ''}"
