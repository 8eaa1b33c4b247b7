"""The queries a program sends to the shop; every one was checked against the published schema of 2026-10."""

from __future__ import annotations

MONEY = "{ shopMoney { amount currencyCode } }"
ORDER = f"""
  id name createdAt updatedAt processedAt cancelledAt test currencyCode sourceName
  customer {{ id }}
  purchasingEntity {{ __typename ... on PurchasingCompany {{ company {{ id name }} }} }}
  customerJourneySummary {{ customerOrderIndex }}
  displayFinancialStatus displayFulfillmentStatus
  currentTotalPriceSet {MONEY} totalRefundedSet {MONEY} totalDiscountsSet {MONEY} totalShippingPriceSet {MONEY}
"""
LINE = f"id sku title quantity originalUnitPriceSet {MONEY} discountedUnitPriceSet {MONEY}"
REFUND_LINE = f"id quantity subtotalSet {MONEY} lineItem {{ id sku }}"

ORDERS_PAGE = f"""
query Orders($first: Int!, $after: String, $query: String) {{
  orders(first: $first, after: $after, query: $query, sortKey: UPDATED_AT) {{
    pageInfo {{ hasNextPage endCursor }}
    nodes {{
      {ORDER}
      lineItems(first: 50) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {LINE} }} }}
      refunds(first: 20) {{
        id createdAt totalRefundedSet {MONEY}
        refundLineItems(first: 50) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {REFUND_LINE} }} }}
      }}
    }}
  }}
}}
"""
MORE_LINES = f"""
query Lines($id: ID!, $after: String) {{
  order(id: $id) {{
    lineItems(first: 250, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {LINE} }} }}
  }}
}}
"""
MORE_REFUND_LINES = f"""
query RefundLines($id: ID!, $after: String) {{
  node(id: $id) {{
    ... on Refund {{
      refundLineItems(first: 250, after: $after) {{ pageInfo {{ hasNextPage endCursor }} nodes {{ {REFUND_LINE} }} }}
    }}
  }}
}}
"""
BULK_ORDERS = f"""
{{
  orders(query: "created_at:>='{{since}}' AND created_at:<'{{until}}'") {{
    edges {{ node {{
      {ORDER}
      lineItems {{ edges {{ node {{ {LINE} }} }} }}
    }} }}
  }}
}}
"""
BULK_REFUNDS = f"""
{{
  orders(query: "(financial_status:refunded OR financial_status:partially_refunded) AND updated_at:>='{{since}}' AND created_at:<'{{until}}'") {{
    edges {{ node {{
      id test purchasingEntity {{ __typename }}
      agreements {{ edges {{ node {{
        __typename id happenedAt reason
        ... on RefundAgreement {{ refund {{ id createdAt totalRefundedSet {MONEY} }} }}
        sales {{ edges {{ node {{
          __typename id actionType lineType quantity totalAmount {MONEY}
          ... on ProductSale {{ lineItem {{ id sku }} }}
        }} }} }}
      }} }} }}
    }} }}
  }}
}}
"""  # noqa: E501  one search is one string
RUN_BULK = """
mutation Run($query: String!) {
  bulkOperationRunQuery(query: $query, groupObjects: false) {
    bulkOperation { id status createdAt } userErrors { field message code }
  }
}
"""
POLL_BULK = """
query Poll($id: ID!) {
  bulkOperation(id: $id) { id status errorCode objectCount rootObjectCount fileSize url partialDataUrl completedAt }
}
"""
CANCEL_BULK = """
mutation Cancel($id: ID!) { bulkOperationCancel(id: $id) { bulkOperation { id status } userErrors { field message } } }
"""
INVENTORY = """
query Inventory($after: String) {
  inventoryItems(first: 100, after: $after) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id sku tracked
      inventoryLevels(first: 10) {
        nodes {
          location { id name }
          quantities(names: ["available", "committed", "on_hand", "incoming", "safety_stock"]) { name quantity }
        }
      }
    }
  }
}
"""
FULFILMENTS = """
query Fulfilments($after: String) {
  fulfillmentOrders(first: 100, after: $after, sortKey: UPDATED_AT) {
    pageInfo { hasNextPage endCursor }
    nodes {
      id orderId orderName status requestStatus createdAt updatedAt fulfillAt fulfillBy
      assignedLocation { name location { id } }
      fulfillmentHolds { id reason reasonNotes handle }
    }
  }
}
"""
HOLD = """
mutation Hold($id: ID!, $hold: FulfillmentOrderHoldInput!) {
  fulfillmentOrderHold(id: $id, fulfillmentHold: $hold) {
    fulfillmentHold { id handle reason } fulfillmentOrder { id status } userErrors { field message code }
  }
}
"""
RELEASE = """
mutation Release($id: ID!, $holdIds: [ID!]) {
  fulfillmentOrderReleaseHold(id: $id, holdIds: $holdIds) {
    fulfillmentOrder { id status } userErrors { field message code }
  }
}
"""
FULFILMENT = "query One($id: ID!) { fulfillmentOrder(id: $id) { id status fulfillmentHolds { id handle } } }"
SHOP = "{ shop { name currencyCode ianaTimezone orderNumberFormatPrefix } }"
DOCUMENTS = [
    *(ORDERS_PAGE, MORE_LINES, MORE_REFUND_LINES, RUN_BULK, POLL_BULK, CANCEL_BULK),
    *(INVENTORY, FULFILMENTS, HOLD, RELEASE, FULFILMENT, SHOP, BULK_ORDERS, BULK_REFUNDS),
]
