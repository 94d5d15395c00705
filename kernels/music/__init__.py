"""Musical time."""
