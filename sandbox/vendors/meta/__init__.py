"""Meta: what the ads cost and claim to bring, and pausing them."""
