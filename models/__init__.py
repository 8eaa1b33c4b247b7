"""State: what is kept, and every question asked of it."""
