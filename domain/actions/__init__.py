"""What the house does in the world, once, and undoes."""
