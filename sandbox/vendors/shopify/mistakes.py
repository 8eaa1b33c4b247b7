"""Errors as the shop words them: wrong fields, wrong arguments, unreadable queries."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from graphql import GraphQLError

_Match = re.Match[str]


def _no_selection(field: str, kind: str) -> str:
    hint = f"Did you mean '{field} {{ ... }}'?"
    return f"Field must have selections (field '{field}' returns {kind} but has no selections. {hint})"


_WORDINGS: list[tuple[str, Callable[[_Match], tuple[str, dict[str, Any]]]]] = [
    (
        r"Cannot query field '(\w+)' on type '(\w+)'",
        lambda m: (
            f"Field '{m[1]}' doesn't exist on type '{m[2]}'",
            {"code": "undefinedField", "typeName": m[2], "fieldName": m[1]},
        ),
    ),
    (
        r"Unknown argument '(\w+)' on field '\w+\.(\w+)'",
        lambda m: (
            f"Field '{m[2]}' doesn't accept argument '{m[1]}'",
            {"code": "argumentNotAccepted", "name": m[2], "typeName": "Field", "argumentName": m[1]},
        ),
    ),
    (
        r"Field '(\w+)' of type '([\w!\[\]]+)' must have a selection",
        lambda m: (
            _no_selection(m[1], m[2].strip("[]!")),
            {"code": "selectionMismatch", "nodeName": f"field '{m[1]}'", "typeName": m[2].strip("[]!")},
        ),
    ),
    (
        r"Argument '\w+\.(\w+)\((\w+):\)' of type '[^']+' is required",
        lambda m: (
            f"Field '{m[1]}' is missing required arguments: {m[2]}",
            {"code": "missingRequiredArguments", "className": "Field", "name": m[1], "arguments": m[2]},
        ),
    ),
    (
        r"Variable '\$(\w+)' is not defined",
        lambda m: (
            f"Variable ${m[1]} is used but not declared",
            {"code": "variableNotDefined", "variableName": m[1]},
        ),
    ),
    (
        r"Syntax Error: (.*)",
        lambda m: (f"syntax error, {m[1][0].lower()}{m[1][1:]}", {"code": "PARSE_ERROR"}),
    ),
]


def reword(error: GraphQLError) -> dict[str, Any]:
    """A validation or syntax error in the shop's shape."""
    message, extensions = error.message, dict(error.extensions or {})
    for pattern, wording in _WORDINGS:
        if found := re.match(pattern, error.message, re.DOTALL):
            message, extensions = wording(found)
            break
    answer: dict[str, Any] = {"message": message}
    answer["locations"] = [{"line": place.line, "column": place.column} for place in error.locations or []]
    if error.path:
        answer["path"] = list(error.path)
    if extensions:
        answer["extensions"] = extensions
    return answer


def throttled() -> dict[str, Any]:
    """The bucket is empty."""
    documentation = "https://shopify.dev/api/usage/rate-limits"
    return {"message": "Throttled", "extensions": {"code": "THROTTLED", "documentation": documentation}}


def denied(field: str, scope: str) -> dict[str, Any]:
    """The token has no scope for a field."""
    message = f"Access denied for {field} field. Required access: `{scope}` access scope."
    return {"message": message, "path": [field], "extensions": {"code": "ACCESS_DENIED", "requiredAccess": scope}}


def too_costly(points: int, limit: int) -> dict[str, Any]:
    """One query asks for more than any query may."""
    message = f"Query cost is {points}, which exceeds the single query max cost limit ({limit})."
    extensions = {"code": "MAX_COST_EXCEEDED", "cost": points, "maxCost": limit}
    return {"message": message, "extensions": extensions}
