"""What a sandbox company has that an action can be about: orders that wait to be sent, deals of the sales desk."""

from __future__ import annotations

from domain.kernel import action as actions
from domain.kernel import connector as connectors
from domain.kernel.ports import Ops
from domain.kernel.vendor import Call
from domain.logistics.shopify_graphql import ask

_OPEN = '{ fulfillmentOrders(first: 100, query: "status:OPEN") { nodes { orderName } } }'


async def orders(ops: Ops) -> list[str]:
    """The names of up to a hundred orders that wait."""
    _, connector, _ = actions.found(ops.departments, "shopify.hold_fulfilment")
    answer = await connectors.source(ops, connector).ask(ask(_OPEN))
    return list({one["orderName"]: 1 for one in answer.data["data"]["fulfillmentOrders"]["nodes"]})


async def deals(ops: Ops) -> list[str]:
    """The ids of up to a hundred deals."""
    _, connector, _ = actions.found(ops.departments, "hubspot.create_follow_up_task")
    source = connectors.source(ops, connector)
    page = await source.ask(Call(f"/crm/objects/{source.version}/deals", query=(("limit", "100"),)))
    return [str(one["id"]) for one in page.data["results"]]
