"""What a query costs, and the bucket it is paid from.

Objects cost one point, scalars nothing, a change ten. A connection multiplies what a node costs by a number that grows
slowly with the page size: the published examples show 250 nodes of two objects each for 25 points.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    value_from_ast_untyped,
)

BUCKET, RESTORE, SINGLE = 2000.0, 100.0, 1000
_CHANGE = 10.0
_UNKNOWN = object()
_SAMPLE = 8


@dataclass
class Meter:
    """Counts the points of one document with its variables: what it may cost, or what an answer did cost."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def selections(self, kind: Any, selected: SelectionSetNode | None, data: Any = _UNKNOWN) -> float:
        """Points of everything selected on a type; with `data`, of what came back."""
        total = 0.0
        for one in selected.selections if selected else ():
            if isinstance(one, FieldNode):
                total += self._field(kind, one, data)
                continue
            fragment = self.fragments[one.name.value] if isinstance(one, FragmentSpreadNode) else one
            condition = getattr(fragment, "type_condition", None)
            inner = self.schema.type_map[condition.name.value] if condition else kind
            total += self.selections(inner, getattr(fragment, "selection_set", None), data)
        return total

    def _field(self, kind: Any, node: FieldNode, data: Any) -> float:
        definition = kind.fields.get(node.name.value) if hasattr(kind, "fields") else None
        if definition is None or is_leaf_type(get_named_type(definition.type)):
            return 0.0
        if kind is self.schema.mutation_type:
            return _CHANGE
        value = _value(node, data)
        if value is None:
            return 1.0
        named = get_named_type(definition.type)
        if named.name.endswith("Connection"):
            return self._connection(named, node, value)
        if node.name.value == "pageInfo":
            return 0.0
        return 1.0 + self._mean(named, node, value if isinstance(value, list) else [value])

    def _mean(self, kind: Any, node: FieldNode, values: list[Any]) -> float:
        """What one of the values costs, taken from a few of them; where nothing came back, nothing."""
        if not values:
            return 0.0
        few = values[:: max(1, len(values) // _SAMPLE)]
        return sum(self.selections(kind, node.selection_set, value) for value in few) / len(few)

    def _connection(self, kind: Any, node: FieldNode, value: Any) -> float:
        inner, count = 1.0, self._first(node)
        for one in node.selection_set.selections if node.selection_set else ():
            if not isinstance(one, FieldNode) or one.name.value not in ("nodes", "edges"):
                continue
            values = _value(one, value)
            if values is not _UNKNOWN:
                count = len(values)
            named = get_named_type(kind.fields[one.name.value].type)
            inner += self._mean(named, one, [values] if values is _UNKNOWN else values)
        return 1.0 + inner * _growth(count)

    def _first(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value = value_from_ast_untyped(argument.value, dict(self.variables))
                return value if isinstance(value, int) else 1
        return 1


def _value(node: FieldNode, data: Any) -> Any:
    """What came back for a field, if anything did."""
    if data is _UNKNOWN:
        return _UNKNOWN
    return (data or {}).get(node.alias.value if node.alias else node.name.value)


def _growth(count: int) -> float:
    return 2.0 * math.log(count + 1)


def _defaults(operation: OperationDefinitionNode) -> dict[str, Any]:
    """What variables are worth that nobody gave."""
    declared = operation.variable_definitions or ()
    return {one.variable.name.value: value_from_ast_untyped(one.default_value) for one in declared if one.default_value}


def points(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any], data: Any = _UNKNOWN) -> int:
    """What a query may cost at most or, given its data, what it did cost."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    meter = Meter(schema, fragments, {**_defaults(operations[0]), **variables})
    root = schema.get_root_type(operations[0].operation)
    return max(1, math.ceil(meter.selections(root, operations[0].selection_set, data)))


@dataclass
class Bucket:
    """A leaky bucket of points; `lifted` lets everything through."""

    lifted: bool = False
    clock: Callable[[], float] = time.monotonic
    available: float = BUCKET
    at: float = field(default=0.0)

    def level(self) -> float:
        """Points there now."""
        now = self.clock()
        self.available = min(BUCKET, self.available + (now - self.at) * RESTORE)
        self.at = now
        return self.available

    def take(self, points: int) -> bool:
        """Pay, or refuse when there is too little."""
        if self.level() < points and not self.lifted:
            return False
        self.available = max(0.0, self.available - points)
        return True

    def give_back(self, points: int) -> None:
        """Return what was asked for but not used."""
        self.available = min(BUCKET, self.available + points)

    def status(self) -> dict[str, float | int]:
        """`throttleStatus` as the shop writes it."""
        return {"maximumAvailable": BUCKET, "currentlyAvailable": int(self.level()), "restoreRate": RESTORE}
