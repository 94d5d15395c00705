"""Tunes in ABC notation; data only."""
