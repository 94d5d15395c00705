"""How well the follower follows: against a simulator of ensembles, and against material like recordings of real players."""
