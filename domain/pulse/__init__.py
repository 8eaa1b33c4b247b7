"""The morning pulse: what changed, why, and who should look."""
