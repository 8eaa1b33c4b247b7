"""What a person can see and press: Slack and the browser."""
