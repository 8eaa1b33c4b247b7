"""Bulk operations: a query runs in the background and leaves its objects in a file of JSON lines."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    parse,
    validate,
)

from sandbox.vendors.shopify import operations
from sandbox.vendors.shopify.operations import Operation
from sandbox.vendors.shopify.project import Child, Compiler, UnsupportedQueryError, is_connection
from sandbox.vendors.shopify.view import View

CONCURRENT = 5
_BATCH = 50
_DEEPEST, _MOST = 2, 5


@dataclass
class Registry:
    """Every bulk operation of this shop; those that a restart cut short have failed."""

    folder: Path
    operations: dict[int, Operation] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Read what earlier runs left."""
        self.operations = operations.load(self.folder)

    def running(self) -> int:
        """How many have not ended."""
        return sum(one.status in ("CREATED", "RUNNING", "CANCELING") for one in self.operations.values())

    def start(self, schema: GraphQLSchema, view: View, query: str, grouped: bool) -> Operation:
        """Check the query and run it in the background; UnsupportedQueryError says why not."""
        root, child = plan(schema, view, query)
        number = max(self.operations, default=operations.FIRST_ID) + 1
        operation = Operation(number, query, self.folder / f"bulk-{number}.jsonl", view.company.clock.now())
        operations.save(operation)
        self.operations[number] = operation
        operations.expire(self.operations)
        task = asyncio.get_running_loop().create_task(_run(operation, view, root, child, grouped))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return operation

    def cancel(self, number: int) -> Operation | None:
        """Ask an operation to stop."""
        operation = self.operations.get(number)
        if operation and operation.status in ("CREATED", "RUNNING"):
            operation.status = "CANCELING"
        return operation


def plan(schema: GraphQLSchema, view: View, query: str) -> tuple[Any, Child]:
    """Check a bulk query against the rules and compile it."""
    try:
        document = parse(query)
    except GraphQLError as error:
        raise UnsupportedQueryError(f"Invalid bulk query: {error.message}") from error
    errors = validate(schema, document)
    if errors:
        raise UnsupportedQueryError(f"Invalid bulk query: {errors[0].message}")
    field_node = _root(document)
    kind = schema.query_type
    if kind is None or not is_connection(kind, field_node):
        raise UnsupportedQueryError("Bulk queries must contain at least one connection.")
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    child = Compiler(schema, view, fragments).connection(kind, field_node)
    _check(field_node, child)
    return None, child


def _root(document: DocumentNode) -> FieldNode:
    operations = [one for one in document.definitions if isinstance(one, OperationDefinitionNode)]
    selections = operations[0].selection_set.selections if len(operations) == 1 else ()
    if len(selections) != 1 or not isinstance(selections[0], FieldNode):
        raise UnsupportedQueryError("Bulk queries must select exactly one top-level field.")
    if selections[0].name.value in ("node", "nodes"):
        raise UnsupportedQueryError("Bulk queries cannot contain a top-level `node` or `nodes` field.")
    return selections[0]


def _check(root: FieldNode, child: Child) -> None:
    count, depth = _measure(child)
    if count > _MOST:
        raise UnsupportedQueryError(f"Bulk queries cannot contain more than {_MOST} connections.")
    if depth > _DEEPEST:
        raise UnsupportedQueryError(
            f"Bulk queries cannot contain connections with a nesting depth greater than {_DEEPEST}."
        )
    for parent in _parents(root):
        raise UnsupportedQueryError(
            "The parent 'node' field for a nested connection must select the 'id' field without an alias and must be "
            f"of 'ID' return type. Connection fields without 'id': {parent}."
        )


def _measure(child: Child) -> tuple[int, int]:
    """Connections in all, and how deep they nest below this one."""
    shapes = [child.single] if child.single else list(child.shapes.values())
    nested = [_measure(one) for one in shapes[0].children] if shapes[0] else []
    return 1 + sum(count for count, _ in nested), max((depth + 1 for _, depth in nested), default=0)


def _parents(node: FieldNode, connection: str = "") -> Iterator[str]:
    """Connections whose nodes have connections but no plain `id`."""
    name = node.name.value
    connection = connection if name in ("edges", "node", "nodes") else name
    fields = _selected(node)
    if name in ("node", "nodes"):
        nested = any(two.name.value in ("edges", "nodes") for one in fields for two in _selected(one))
        if nested and not any(one.name.value == "id" and one.alias is None for one in fields):
            yield connection
    for one in fields:
        yield from _parents(one, connection)


def _selected(node: FieldNode) -> list[FieldNode]:
    selections = node.selection_set.selections if node.selection_set else ()
    return [one for one in selections if isinstance(one, FieldNode)]


async def _run(operation: Operation, view: View, root: Any, child: Child, grouped: bool) -> None:
    operation.status = "RUNNING"
    try:
        await asyncio.to_thread(_write, operation, view, root, child, grouped)
    except GraphQLError:
        # A search that cannot be read is found out only here, as at the real shop.
        operation.status, operation.error = "FAILED", "INTERNAL_SERVER_ERROR"
    if operation.status == "CANCELING":
        operation.status = "CANCELED"
    elif operation.status == "RUNNING":
        operation.completed = view.company.clock.now()
        operation.status = "COMPLETED"
    operations.save(operation)


def _write(operation: Operation, view: View, root: Any, child: Child, grouped: bool) -> None:
    nodes = iter(child.nodes(root))
    with operation.path.open("w", encoding="utf-8", newline="\n") as file:
        while operation.status == "RUNNING" and (batch := list(islice(nodes, _BATCH))):
            operation.roots += len(batch)
            lines = list(_grouped(child, batch, "}\n") if grouped else _lines(child, batch, "}\n"))
            operation.objects += len(lines)
            file.writelines(lines)


def _grouped(child: Child, nodes: Iterable[Any], ending: str) -> Iterator[str]:
    """Every node followed by all that is nested in it."""
    single = child.single
    for node in nodes:
        shape = single or child.shape(node)
        yield shape.write(node)[:-1] + ending
        if shape.children:
            below = _ending(shape.key(node))
            for one in shape.children:
                yield from _grouped(one, one.nodes(node), below)


def _lines(child: Child, nodes: Iterable[Any], ending: str) -> Iterator[str]:
    """The nodes first, then what is nested in them: a reader has to put them together by `__parentId`."""
    single, deeper = child.single, []
    for node in nodes:
        shape = single or child.shape(node)
        yield shape.write(node)[:-1] + ending
        if shape.children:
            deeper.append((shape, node))
    for shape, node in deeper:
        below = _ending(shape.key(node))
        for one in shape.children:
            yield from _lines(one, one.nodes(node), below)


def _ending(parent: str) -> str:
    return f',"__parentId":"{parent}"}}\n'
