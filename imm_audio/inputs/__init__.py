"""What people touch, turned into events for the engine."""
