"""The words every room of the domain speaks."""
