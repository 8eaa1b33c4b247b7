"""What happens by the clock, and what must finish once begun."""
