"""Takes on disk: one folder each, SESSION/takes/NAME/.

take.json      what it is (schema 1, see take.py)
events.jsonl   what was played: one line for each event the engine applied; first, marked "before", what was set before
player-01 NAME.wav ...   what each player sounded, after the fader; written from the first sound on, silent before
room.wav       the reverb of the players
mix.wav        all of it after the take's limiter
microphone-01.wav ..., microphone-room.wav   only what was heard while everybody agreed to it

All files of a take have the same start and the same length, 24 bit, stereo.  All stems added up are the mix before its
limiter.  What is on disk is true at every moment: a chunk goes to the stems, then to events.jsonl, then to mix.wav, so
what mix.wav holds is whole everywhere.

SESSION/removed/NAME/ holds takes that were removed, until somebody empties it.
"""
from .listing import TakeInfo, find_takes, list_takes
from .repair import recover

__all__ = ["TakeInfo", "find_takes", "list_takes", "recover"]
