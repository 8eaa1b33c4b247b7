"""The house looking at itself."""
