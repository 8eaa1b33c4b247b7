"""Shopify: orders, refunds and stock of the shop, by the Admin GraphQL interface."""

from __future__ import annotations

from datetime import date, timedelta

from domain.kernel.connector import Connector, Credential, History, Stream
from domain.kernel.vendor_auth import TokenGrant
from domain.logistics import shopify_holds, shopify_orders, shopify_past, shopify_release, shopify_stock
from domain.logistics.shopify_graphql import SHOP, VERSION, ask, judge, pace

_ADMIN = "Shopify Dev Dashboard, your app, Settings"
_WRITER = "Shopify Dev Dashboard, a second app that may change fulfilment orders, Settings"

CONNECTOR = Connector(
    key="shopify",
    name="Shopify",
    version=VERSION,
    sunset=date(2027, 10, 1),
    url="https://{SHOPIFY_SHOP}.myshopify.com",
    auth=TokenGrant(
        "/admin/oauth/access_token",
        "SHOPIFY_CLIENT_ID",
        "SHOPIFY_CLIENT_SECRET",
        "X-Shopify-Access-Token",
        static="SHOPIFY_TOKEN",
    ),
    hosts=frozenset({"storage.googleapis.com"}),
    judge=judge,
    pace=pace,
    writing=TokenGrant(
        "/admin/oauth/access_token",
        "SHOPIFY_WRITE_CLIENT_ID",
        "SHOPIFY_WRITE_CLIENT_SECRET",
        "X-Shopify-Access-Token",
        static="SHOPIFY_WRITE_TOKEN",
    ),
    actions=(shopify_holds.HOLD, shopify_release.RELEASE),
    version_header="X-Shopify-API-Version",
    health=ask(SHOP),
    scopes=("read_orders", "read_all_orders", "read_customers", "read_companies", "read_inventory", "read_products"),
    credentials=(
        Credential("SHOPIFY_SHOP", "the name before .myshopify.com", "for good", "everything", secret=False),
        Credential("SHOPIFY_CLIENT_ID", _ADMIN, "until rotated", "orders, revenue, refunds, stock", optional=True),
        Credential(
            "SHOPIFY_CLIENT_SECRET",
            _ADMIN,
            "until rotated; its tokens 24 hours",
            "orders, revenue, stock",
            optional=True,
        ),
        Credential(
            "SHOPIFY_TOKEN", "an older custom app's admin token", "until revoked", "orders, stock", optional=True
        ),
        Credential("SHOPIFY_WRITE_CLIENT_ID", _WRITER, "until rotated", "holds of orders", optional=True),
        Credential("SHOPIFY_WRITE_CLIENT_SECRET", _WRITER, "until rotated", "holds of orders", optional=True),
        Credential(
            "SHOPIFY_WRITE_TOKEN", "the same of an older app", "until revoked", "holds of orders", optional=True
        ),
    ),
    streams=(
        Stream(
            key="orders",
            kind="orders",
            pages=shopify_orders.order_pages,
            put=shopify_orders.put_order,
            needs=shopify_orders.NEEDS,
            stale_after=timedelta(hours=36),
            look_back=timedelta(days=2),
            banded=True,
            count=shopify_past.count_orders,
            history=History(shopify_past.export, shopify_past.first_day),
        ),
        Stream(
            key="inventory",
            kind="inventory",
            pages=shopify_stock.stock_pages,
            put=shopify_stock.put_item,
            needs=shopify_stock.NEEDS,
            stale_after=timedelta(hours=72),
            look_back=timedelta(0),
            cursored=False,
        ),
    ),
)
