"""A small model of what the engine keeps of events about harmony and tunes, written from the words of the contract alone."""
from imm_audio.kernels.engine.events import CHORD_TABLE, HARMONY, SCALE_TABLE, TUNE
from imm_audio.kernels.music.terms import (
    BEGIN,
    HARMONY_CHORD,
    HARMONY_CLEAR,
    HARMONY_GO,
    HARMONY_KEY,
    HARMONY_METER,
    TUNE_CLEAR,
    TUNE_GO,
    TUNE_NOTE,
)


class Replay:
    """Feed events, then look."""

    def __init__(self):
        self.scales, self.chords = {}, {}
        self.progression, self.playing, self.meter_beats, self.when = [], [], None, None
        self.tune, self.tune_playing = [], []
        self._key = None

    def feed(self, events):
        for kind, player, channel, key, value in events:
            if kind in (SCALE_TABLE, CHORD_TABLE):
                tables = self.scales if kind == SCALE_TABLE else self.chords
                if key == BEGIN:
                    tables[channel] = (value, [])
                else:
                    tables[channel][1].append(value)
            elif kind == HARMONY:
                self._harmony(player, channel, key, value)
            elif kind == TUNE:
                if channel == TUNE_CLEAR:
                    self.tune = []
                elif channel == TUNE_NOTE:
                    self.tune.append((None if key == -1 else key, value))
                elif channel == TUNE_GO:
                    self.tune_playing = self.tune
        return self

    def _harmony(self, slot, op, key, value):
        if op == HARMONY_CLEAR:
            self.progression = []
        elif op == HARMONY_METER:
            self.meter_beats = value
        elif op == HARMONY_KEY:
            assert self.scales[slot][1]
            self._key = key, slot
        elif op == HARMONY_CHORD:
            assert self.chords[slot][1]
            self.progression.append((self._key, key, slot, value))
        elif op == HARMONY_GO:
            self.when = value
            self.playing = [
                (tonic, self.scales[scale], root, tuple(self.chords[chord][1]), beats)
                for (tonic, scale), root, chord, beats in self.progression]
