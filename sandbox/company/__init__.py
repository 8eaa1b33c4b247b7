"""The small company: a real shop's two years, moved to today, and what it implies."""
