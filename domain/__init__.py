"""What the company knows and decides."""
