"""Tunings: scales and how they lie on the keys."""
