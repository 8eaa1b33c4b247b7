"""Turns a selection into functions that write JSON straight from the arrays: the fast road of bulk operations."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLUnionType,
    SelectionSetNode,
    get_named_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
)
from graphql.execution.values import get_argument_values

from sandbox.vendors.shopify import pages
from sandbox.vendors.shopify.schema import type_name
from sandbox.vendors.shopify.view import View

Emit = Callable[[Any], str]
Nodes = Callable[[Any], Any]


class UnsupportedQueryError(ValueError):
    """The selection cannot be run as a bulk operation."""


@dataclass(frozen=True)
class Shape:
    """How to write one object as a line, and the connections whose nodes become lines of their own."""

    write: Emit
    key: Emit
    children: tuple[Child, ...]


@dataclass(frozen=True)
class Child:
    """A nested connection: its nodes, and their shape by concrete type."""

    nodes: Nodes
    shapes: Mapping[str, Shape]
    single: Shape | None

    def shape(self, node: Any) -> Shape:
        """The shape of a node."""
        return self.single or self.shapes[type_name(node) or ""]


@dataclass(frozen=True)
class Compiler:
    """Compiles the selections of one bulk query for one view."""

    schema: GraphQLSchema
    view: View
    fragments: Mapping[str, FragmentDefinitionNode]

    def connection(self, kind: GraphQLObjectType, field: FieldNode) -> Child:
        """The nodes of a connection field and how to write them."""
        node_type = get_named_type(get_named_type(kind.fields[field.name.value].type).fields["nodes"].type)
        inner = list(self._node_selections(field))
        if isinstance(node_type, GraphQLObjectType):
            return Child(self._nodes(kind, field), {}, self.shape(node_type, inner))
        possible = self.schema.get_possible_types(node_type)
        shapes = {one.name: self.shape(one, inner) for one in possible}
        return Child(self._nodes(kind, field), shapes, None)

    def _nodes(self, kind: GraphQLObjectType, field: FieldNode) -> Nodes:
        call = self._call(kind, field, {"first": pages.EVERYTHING, "after": None})
        return lambda source: call(source).nodes

    def _node_selections(self, field: FieldNode) -> Iterator[SelectionSetNode]:
        """What is selected on the nodes, through `edges { node }` or `nodes`."""
        for one in _fields(field):
            if one.name.value == "nodes" and one.selection_set:
                yield one.selection_set
            if one.name.value == "edges":
                yield from (
                    node.selection_set for node in _fields(one) if node.name.value == "node" and node.selection_set
                )

    def shape(self, kind: GraphQLObjectType, selections: list[SelectionSetNode]) -> Shape:
        """How to write an object of this type."""
        parts, children = [], []
        for name, nodes in self._collect(kind, selections).items():
            if is_connection(kind, nodes[0]):
                children.append(self.connection(kind, nodes[0]))
            else:
                parts.append((f"{json.dumps(name)}:", self._field(kind, nodes)))
        identify = kind.fields["id"].resolve if "id" in kind.fields else None
        key = self._bind(identify, {}) if identify else str
        return Shape(_writer(parts), key, tuple(children))

    def _collect(self, kind: GraphQLObjectType, selections: list[SelectionSetNode]) -> dict[str, list[FieldNode]]:
        """Fields by the name they get in the answer, fragments opened where they apply."""
        found: dict[str, list[FieldNode]] = {}
        for selection in (one for group in selections for one in group.selections):
            if isinstance(selection, FieldNode):
                name = selection.alias.value if selection.alias else selection.name.value
                found.setdefault(name, []).append(selection)
                continue
            fragment = self.fragments[selection.name.value] if isinstance(selection, FragmentSpreadNode) else selection
            condition = getattr(fragment, "type_condition", None)
            if condition is None or self._applies(kind, condition.name.value):
                for name, nodes in self._collect(kind, [fragment.selection_set]).items():  # type: ignore[union-attr]
                    found.setdefault(name, []).extend(nodes)
        return found

    def _applies(self, kind: GraphQLObjectType, name: str) -> bool:
        other = self.schema.type_map[name]
        if isinstance(other, GraphQLInterfaceType | GraphQLUnionType):
            return kind in self.schema.get_possible_types(other)
        return other is kind

    def _field(self, kind: GraphQLObjectType, nodes: list[FieldNode]) -> Emit:
        if nodes[0].name.value == "__typename":
            return lambda _: encode_basestring(kind.name)
        field = kind.fields[nodes[0].name.value]
        call, write = self._call(kind, nodes[0], {}), self._value(field.type, nodes)
        return lambda source: write(call(source))

    def _call(self, kind: GraphQLObjectType, node: FieldNode, more: dict[str, Any]) -> Callable[[Any], Any]:
        field = kind.fields[node.name.value]
        arguments = dict.fromkeys(field.args) | get_argument_values(field, node)
        if field.resolve is None:
            name = node.name.value
            return lambda source: source.get(name) if isinstance(source, dict) else getattr(source, name)
        return self._bind(field.resolve, arguments | more)

    def _bind(self, resolve: Any, arguments: dict[str, Any]) -> Callable[[Any], Any]:
        raw, view = getattr(resolve, "resolver", resolve), self.view
        if arguments:
            return lambda source: raw(view, source, **arguments)
        return lambda source: raw(view, source)

    def _value(self, kind: Any, nodes: list[FieldNode]) -> Emit:
        if is_non_null_type(kind):
            return self._value(kind.of_type, nodes)
        if is_leaf_type(kind):
            return _leaf
        if is_list_type(kind):
            item = self._value(kind.of_type, nodes)
            return lambda values: "null" if values is None else f"[{','.join(map(item, values))}]"
        return self._object(kind, [node.selection_set for node in nodes if node.selection_set])

    def _object(self, kind: Any, selections: list[SelectionSetNode]) -> Emit:
        if isinstance(kind, GraphQLObjectType):
            shape = self.shape(kind, selections)
            if shape.children:
                raise UnsupportedQueryError(
                    "Queries that contain a connection field within a list field are not currently supported."
                )
            write = shape.write
            return lambda value: "null" if value is None else write(value)
        shapes = {one.name: self.shape(one, selections).write for one in self.schema.get_possible_types(kind)}
        return lambda value: "null" if value is None else shapes[type_name(value) or ""](value)


def is_connection(kind: GraphQLObjectType, node: FieldNode) -> bool:
    """Whether a field is a connection."""
    field = kind.fields.get(node.name.value)
    return field is not None and get_named_type(field.type).name.endswith("Connection")


def _fields(node: FieldNode) -> list[FieldNode]:
    selections = node.selection_set.selections if node.selection_set else ()
    return [one for one in selections if isinstance(one, FieldNode)]


def _writer(parts: list[tuple[str, Emit]]) -> Emit:
    if len(parts) == 1:
        name, write = parts[0]
        return lambda source: f"{{{name}{write(source)}}}"
    return lambda source: "{" + ",".join([name + write(source) for name, write in parts]) + "}"


def _leaf(value: Any) -> str:
    if isinstance(value, str):
        return encode_basestring(value)
    if value is True or value is False or value is None:
        return {True: "true", False: "false", None: "null"}[value]
    return str(value) if isinstance(value, int | float) else json.dumps(value)
