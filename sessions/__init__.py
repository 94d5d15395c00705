"""Plans of sessions and songs: data only, nothing in here runs."""
