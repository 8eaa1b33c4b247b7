"""A Slack that speaks the Web API and Socket Mode, in memory."""
