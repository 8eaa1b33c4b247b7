"""A small Slack and a small company, for a laptop."""
