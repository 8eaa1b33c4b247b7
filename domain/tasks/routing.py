"""Where work goes: rules in order, the first that matches wins, and what no rule matches is asked of a person."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from domain.kernel.policy_tasks import Rule, Tasks
from domain.tasks import wording
from domain.tasks.brief import Brief
from domain.tasks.classify import Classified

Facts = Mapping[str, str]
"""What rules look at, by the names of domain.kernel.policy_tasks.FIELDS and inputs.NAME."""


@dataclass(frozen=True)
class Routed:
    """Where work goes, which rule of which version said so, and why; without a rule a person is asked."""

    rule: str
    version: str
    category: str
    department: str
    path: str
    action: str
    why: str

    @property
    def escalates(self) -> bool:
        """Whether a person must say what becomes of it."""
        return self.path == "escalate"


def facts(brief: Brief, classified: Classified | None, *, source: str, requester: str, channel: str = "") -> Facts:
    """A brief as the rules see it; without a category when it fits none."""
    found = {"source": source, "requester": requester, "channel": channel}
    found |= {"objective": brief.objective, "output_format": brief.output_format}
    found |= {"category": classified.category, "confidence": str(classified.confidence)} if classified else {}
    return found | {f"inputs.{name}": value for name, value in brief.inputs.items()}


def route(tasks: Tasks, known: Facts) -> Routed:
    """Where the first rule that matches sends it; to a person when none does."""
    name = known.get("category", "")
    category = tasks.categories.get(name)
    rule = next((rule for rule in tasks.rules if matches(rule, known)), None)
    if rule is None:
        why = "no rule matches this work" if category else "no kind of work fits these words"
        return Routed("", version(tasks), name, "", "escalate", "", why)
    path = rule.path or (category.path if category else "escalate")
    action = category.action if category and path == "propose" else ""
    return Routed(rule.name, version(tasks), name, rule.department, path, action, f"the rule {rule.name}")


def matches(rule: Rule, known: Facts) -> bool:
    """Whether every condition of the rule holds."""
    return all(_OPERATORS[one.op](known.get(one.field, ""), one.value) for one in rule.when)


def version(tasks: Tasks) -> str:
    """A digest of everything in [tasks]: the same digest means the same decisions."""
    canonical = json.dumps(tasks.model_dump(mode="json"), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:12]


def _number(text: str) -> Decimal | None:
    try:
        found = Decimal(text)
    except InvalidOperation:
        return None
    return found if found.is_finite() else None


def _same(text: str, value: Any) -> bool:
    return text.casefold() == str(value).casefold()


_OPERATORS: dict[str, Callable[[str, Any], bool]] = {
    "is": _same,
    "is_not": lambda text, value: not _same(text, value),
    "in": lambda text, values: any(_same(text, one) for one in values),
    "contains": lambda text, value: value.casefold() in text.casefold(),
    "matches_word": lambda text, value: wording.holds(wording.stems(text), value),
    "above": lambda text, value: (number := _number(text)) is not None and number > value,
    "below": lambda text, value: (number := _number(text)) is not None and number < value,
    "present": lambda text, _: bool(text),
    "absent": lambda text, _: not text,
}
"""The closed set of domain.kernel.policy_tasks.Op."""
