"""Tunes, chords and moods: read from files and the command line, said to the engine as events."""
