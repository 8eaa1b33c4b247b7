"""Ads, mail and traffic."""
