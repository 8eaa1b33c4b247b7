"""Finds orders: search, sort and page, without walking through two years for a quarter of an hour."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from graphql import GraphQLError

from sandbox.company.parcels import LONGEST
from sandbox.company.timeline import DAY, ZONE
from sandbox.vendors.shopify import ids, pages, search
from sandbox.vendors.shopify.search import Query, Term
from sandbox.vendors.shopify.view import View

_TIMES = ("created_at", "processed_at", "updated_at")
KNOWN = frozenset(
    (
        *_TIMES,
        "id",
        "name",
        "test",
        "status",
        "financial_status",
        "fulfillment_status",
        "source_name",
        "sku",
        "tag",
        "customer_id",
    )
)
_NEVER = -(10**9), 10**9
_SORTS: dict[str, Callable[[View, int], int]] = {
    "CREATED_AT": lambda view, order: view.ledger.minute[order],
    "PROCESSED_AT": lambda view, order: view.ledger.minute[order],
    "UPDATED_AT": lambda view, order: view.updated(order),
    "ID": lambda view, order: view.book.number(order),
    "ORDER_NUMBER": lambda view, order: view.book.number(order),
    "TOTAL_PRICE": lambda view, order: view.book.total(order),
    "CURRENT_TOTAL_PRICE": lambda view, order: view.book.total(order) - view.book.refunded(order, view.now),
}
_REMEMBERED = 16


@dataclass
class Finder:
    """Remembers the last few searches, so that their next pages cost nothing."""

    _found: OrderedDict[tuple[Any, ...], list[tuple[int, int]]] = field(default_factory=OrderedDict)

    def sorted(self, view: View, text: str | None, sort: str) -> list[tuple[int, int]]:
        """(sort value, order) of every order that matches, rising."""
        key = (text, sort, view.now, len(view.company.effects.all))
        if key in self._found:
            self._found.move_to_end(key)
            return self._found[key]
        value = _SORTS.get(sort, _SORTS["PROCESSED_AT"])
        found = sorted((value(view, order), order) for order in find(view, text))
        self._found[key] = found
        if len(self._found) > _REMEMBERED:
            self._found.popitem(last=False)
        return found


def find(view: View, text: str | None) -> Iterable[int]:
    """The orders that match a search, by time."""
    query = search.parse(text, KNOWN)
    view.warn(text, query.unknown)
    rest = [term for term in query.required if term.name not in ("created_at", "processed_at")]
    candidates = _candidates(view, query)
    simple = query.tree[0] == "and" and len(query.tree[1]) == len(query.required) + len(query.unknown)
    if simple and not rest:
        return candidates
    return [order for order in candidates if search.matches(query.tree, lambda term: _holds(view, order, term))]  # noqa: B023


def _candidates(view: View, query: Query) -> Iterable[int]:
    start, end = _window(view, query, ("created_at", "processed_at"))
    end = min(end, view.now + 1)
    since, _ = _window(view, query, ("updated_at",))
    recent = view.book.between(max(start, since - LONGEST), end)
    if since - LONGEST <= start:
        return recent
    later = {refund.order for refund in view.book.credits.refunds if since <= refund.minute <= view.now}
    later |= {order for order, changes in view.company.parcels.holds.items() if changes}
    older = sorted(order for order in later if start <= view.ledger.minute[order] < min(end, since - LONGEST))
    return [*older, *recent]


def _window(view: View, query: Query, names: tuple[str, ...]) -> tuple[int, int]:
    """The minutes, end not included, that the conditions on these fields leave."""
    start, end = _NEVER
    for term in query.required:
        if term.name in names:
            low, high = span(view, term)
            start, end = max(start, low), min(end, high)
    return start, end


def span(view: View, term: Term) -> tuple[int, int]:
    """The minutes a condition on a time leaves, end not included."""
    first, width = moment(view, term.value)
    ceiling = first + width
    return {
        ">=": (first, _NEVER[1]),
        ">": (ceiling, _NEVER[1]),
        "<": (_NEVER[0], first),
        "<=": (_NEVER[0], ceiling),
        "": (first, ceiling),
    }[term.comparator]


def moment(view: View, text: str) -> tuple[int, int]:
    """The first minute a time stands for and its width: a day for a date, a minute for a time.

    An instant between two minutes belongs to the later one, so that `>=` never returns what came before it.
    """
    if text == "now":
        return view.now, 1
    try:
        when = datetime.fromisoformat(text)
    except ValueError as error:
        raise GraphQLError(f"Invalid time in search: {text}", extensions={"code": "BAD_REQUEST"}) from error
    if when.tzinfo is None:
        when = when.replace(tzinfo=ZONE)
    minute = view.company.time.minute(when)
    if len(text) == len("2026-01-01"):
        return minute, DAY
    return minute + (1 if when.second or when.microsecond else 0), 0 if when.second or when.microsecond else 1


def _holds(view: View, order: int, term: Term) -> bool:
    if term.name in _TIMES:
        low, high = span(view, term)
        at = view.updated(order) if term.name == "updated_at" else view.ledger.minute[order]
        return low <= at < high
    return _TESTS[term.name](view, order, term) if term.name in _TESTS else term.value in f"#{view.book.number(order)}"


def _is_status(view: View, order: int, term: Term) -> bool:
    cancelled = view.book.cancelled(order, view.now) is not None
    shipped = view.company.parcels.shipped(order, view.now) is not None
    states = {"open": not cancelled and not shipped, "closed": shipped, "cancelled": cancelled}
    states |= {"not_closed": not shipped, "any": True}
    return states.get(term.value, False)


def _is_financial(view: View, order: int, term: Term) -> bool:
    back, total = view.book.refunded(order, view.now), view.book.total(order)
    status = "paid" if not back else "refunded" if back >= total else "partially_refunded"
    return status in term.value.split(",")


def _is_fulfilment(view: View, order: int, term: Term) -> bool:
    shipped = view.company.parcels.shipped(order, view.now) is not None
    return any((value in ("shipped", "fulfilled")) == shipped for value in term.value.split(","))


def _has_sku(view: View, order: int, term: Term) -> bool:
    return any(view.ledger.skus[view.ledger.sku[line]] == term.value for line in view.book.items(order, view.now))


_TESTS: dict[str, Callable[[View, int, Term], bool]] = {
    "id": lambda view, order, term: search.compare(
        term.comparator, ids.ORDER + view.book.number(order), int(term.value.rpartition("/")[2] or 0)
    ),
    "name": lambda view, order, term: str(view.book.number(order)) == term.value.lstrip("#"),
    "test": lambda view, order, term: view.book.is_test(order) == (term.value == "true"),
    "status": _is_status,
    "financial_status": _is_financial,
    "fulfillment_status": _is_fulfilment,
    "source_name": lambda view, order, term: (
        ("shopify_draft_order" if view.ledger.wholesale[order] else "web") == term.value
    ),
    "sku": _has_sku,
    "tag": lambda view, order, term: term.value == "wholesale" and bool(view.ledger.wholesale[order]),
    "customer_id": lambda view, order, term: ids.CUSTOMER + view.ledger.customer[order] == int(term.value or 0),
}


def page(view: View, finder: Finder, arguments: dict[str, Any]) -> pages.Page:
    """A page of the orders asked for."""
    sort = arguments.get("sortKey") or "PROCESSED_AT"
    found = finder.sorted(view, arguments.get("query"), sort)
    nodes: Any = found[::-1] if arguments.get("reverse") else found
    cut = pages.cut(nodes, lambda entry: (entry[0], entry[1]), arguments.get("first"), arguments.get("after"))
    places = {entry[1]: entry for entry in cut.nodes}
    return pages.Page([entry[1] for entry in cut.nodes], places.__getitem__, cut.has_next, cut.has_previous)
