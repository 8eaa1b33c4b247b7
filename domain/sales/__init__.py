"""Wholesale pipeline, leads and deals."""
