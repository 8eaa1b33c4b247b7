"""Deals: what is in the pipeline, what was won, what lies still."""
