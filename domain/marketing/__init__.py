"""Advertising: what it costs and what it brings."""
