"""Takes on disk: one folder each, SESSION/takes/NAME/.

take.json      what it is (schema 1, see take.py)
events.jsonl   what was played: one line for each event the engine applied
player-01 NAME.wav ...   what each player sounded, after the fader; written from the first sound on, silent before
room.wav       the reverb of the players
mix.wav        all of it after the take's limiter
microphone-01.wav ..., microphone-room.wav   only when microphones are kept

All files of a take have the same start and the same length, 24 bit, stereo.  All stems added up are the mix before its
limiter.  What is on disk is true at every moment: a chunk goes to the stems, then to events.jsonl, then to mix.wav, so
what mix.wav holds is whole everywhere.
"""
from .listing import TakeInfo, list_takes
from .repair import recover

__all__ = ["TakeInfo", "list_takes", "recover"]
