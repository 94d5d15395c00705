"""Tunings: read from Scala's files, listed, and said to the engine."""
