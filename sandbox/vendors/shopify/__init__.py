"""Shopify: the shop's orders, refunds, stock and holds over its GraphQL admin interface."""
