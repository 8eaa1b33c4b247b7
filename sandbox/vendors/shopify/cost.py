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
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    value_from_ast_untyped,
)

BUCKET, RESTORE, SINGLE = 2000.0, 100.0, 1000
_CHANGE = 10


@dataclass
class Meter:
    """Counts the points of one document with its variables."""

    schema: GraphQLSchema
    fragments: Mapping[str, FragmentDefinitionNode]
    variables: Mapping[str, Any]

    def selections(self, kind: Any, selected: SelectionSetNode | None) -> int:
        """Points of everything selected on a type."""
        total = 0
        for one in selected.selections if selected else ():
            if isinstance(one, FieldNode):
                total += self.field(kind, one)
            elif isinstance(one, FragmentSpreadNode):
                total += self._fragment(self.fragments[one.name.value])
            else:
                condition = getattr(one, "type_condition", None)
                inner = self.schema.type_map[condition.name.value] if condition else kind
                total += self.selections(inner, getattr(one, "selection_set", None))
        return total

    def _fragment(self, fragment: FragmentDefinitionNode) -> int:
        return self.selections(self.schema.type_map[fragment.type_condition.name.value], fragment.selection_set)

    def field(self, kind: Any, node: FieldNode) -> int:
        """Points of one field and all below it."""
        definition = kind.fields.get(node.name.value) if hasattr(kind, "fields") else None
        if definition is None:
            return 0
        named = get_named_type(definition.type)
        if is_leaf_type(named):
            return 0
        if kind is self.schema.mutation_type:
            return _CHANGE
        inner = self.selections(named, node.selection_set)
        if named.name.endswith("Connection"):
            return math.ceil(max(1, inner) * _growth(self._first(node)))
        if named.name.endswith("Edge") or node.name.value in ("nodes", "node", "pageInfo", "edges"):
            return inner + (node.name.value in ("nodes", "node"))
        return 1 + inner

    def _first(self, node: FieldNode) -> int:
        for argument in node.arguments or ():
            if argument.name.value == "first":
                value = value_from_ast_untyped(argument.value, dict(self.variables))
                return value if isinstance(value, int) else 1
        return 1


def _growth(first: int) -> float:
    return 2.0 * math.log(first + 1)


def requested(schema: GraphQLSchema, document: DocumentNode, variables: Mapping[str, Any]) -> int:
    """What a query may cost at most."""
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    meter = Meter(schema, fragments, variables)
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    root: GraphQLObjectType | None = schema.get_root_type(operations[0].operation) if operations else None
    return max(1, meter.selections(root, operations[0].selection_set)) if operations else 1


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
