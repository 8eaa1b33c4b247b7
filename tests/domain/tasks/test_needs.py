"""What a kind of work asks for is what its action wants to be told."""

from __future__ import annotations

import pytest

from bot.wiring import DEPARTMENTS
from domain.kernel import action
from domain.kernel.policy_tasks import Category
from tests.domain.tasks.shipped import TASKS

PROPOSED = [category for category in TASKS.categories.values() if category.action]


@pytest.mark.parametrize("category", PROPOSED, ids=lambda category: category.action)
def test_what_an_action_wants_to_be_told_is_asked_for(category: Category) -> None:
    fields = action.found(DEPARTMENTS, category.action)[2].args.model_fields
    asked = {need.name for need in category.needs}
    assert {name for name, field in fields.items() if field.is_required()} <= asked
    assert asked - {"reason"} <= set(fields), "a reason stands beside the arguments"
