"""Stock, orders and fulfilment."""
