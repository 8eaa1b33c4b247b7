"""What the house may do unasked, and who may allow the rest."""
