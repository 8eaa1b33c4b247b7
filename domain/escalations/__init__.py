"""How the house asks a person."""
