"""A recording as the band: its beats found once, then stretched in real time to the clock that follows the players."""
