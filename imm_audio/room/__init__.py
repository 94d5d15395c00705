"""The people's side of a meeting: takes; later people, consent, session, report."""
