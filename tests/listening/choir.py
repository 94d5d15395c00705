"""Songs, choirs that sing them in their own way, and ears that follow."""
import numpy as np

from imm_audio.listening.onsets import OnsetDetector
from imm_audio.listening.pitch import PitchTracker
from imm_audio.listening.singers import Singers
from imm_audio.songs.shelf import find_song
from imm_audio.songs.tune import read_tune
from tests.listening.singing import performed, sing

#: Low, so that a minute of singing is little work.
RATE = 16000
#: Intervals of a choir: alone, with a man an octave lower, in unison, with a child an octave higher.
CHOIRS = ((0,), (0, -12, 0), (0, 0), (0, 12))


def notes_of(name, *, steps=0, stop=np.inf):
    """(start, length, key) of a shipped tune, from its first whole bar; and its beats."""
    tune = read_tune(find_song(name))
    at, notes = -tune.pickup_beats, []
    for key, beats in tune.notes:
        if key is not None and at < stop:
            notes.append((at, beats, key + steps))
        at += beats
    return notes, min(at, stop)


def joined(*parts):
    """Sections one after the other: melody, where they start, length."""
    melody, starts, at = [], [], 0.0
    for notes, length in parts:
        starts.append(at)
        melody += [(at + start, beats, key) for start, beats, key in notes]
        at += length
    return melody, starts, at


class Performance:
    """Sections of a song sung in an order of its own; the singers' place is known at each moment."""

    def __init__(self, song, order, beat_s, seed, drift=0.0):
        melody, starts, length = song
        stops = [*starts[1:], length]
        plan, self._where, now = [], [], 0.0
        self.turns = []                       # beats sung before each section
        for section in order:
            self.turns.append(now)
            for start, beats, key in melody:
                if starts[section] <= start < stops[section] or (start < 0 and section == 0):
                    plan.append((now + start - starts[section], beats, key))
                    self._where.append(start)
            now += stops[section] - starts[section]
        sung = performed(plan, beat_s, seed)
        self._beats = np.array([start for start, _, _ in plan])
        self._times = np.array([start for start, _, _ in sung])
        self._beat_s = beat_s
        random = np.random.default_rng(seed)
        voices = [sing([(max(0.0, start + random.normal(0, 0.03)), beats, key + drift) for start, beats, key in sung], RATE,
                       10 * seed + n, transpose=steps) for n, steps in enumerate(CHOIRS[seed % len(CHOIRS)])]
        self.sound = np.zeros(max(map(len, voices)), "f4")
        for voice in voices:
            self.sound[:len(voice)] += voice
        self.sound += random.normal(0, 0.001, len(self.sound)).astype("f4")

    def sung(self, time_s):
        """Beats sung so far."""
        last = self._times[-1]
        first = min(0.0, time_s - self._times[0]) / self._beat_s
        return float(np.interp(time_s, self._times, self._beats) + max(0.0, time_s - last) / self._beat_s + first)

    def place(self, time_s):
        """Song beats where they are."""
        sung = self.sung(time_s)
        note = max(0, int(np.searchsorted(self._beats, sung + 1e-6)) - 1)
        return self._where[note] + sung - self._beats[note]


def follow(performance, song, beats_per_s, song_at):
    """Let the ears hear it.  `song_at(time_s, moves)`: where the song is.  (time, beats, error) of each move."""
    singers = Singers(RATE)
    singers.learn(*song, beats_per_s)
    detector, tracker, moves, said = OnsetDetector(RATE), PitchTracker(RATE), [], []
    for at in range(0, len(performance.sound), RATE // 50):
        piece = performance.sound[at:at + RATE // 50]
        if detector.feed(piece):
            singers.hear_onset()
        for pitch in tracker.feed(piece):
            time_s = pitch.frame / RATE
            move = singers.hear_pitch(pitch, song_at(time_s, moves), beats_per_s)
            if move:
                moves.append(move)
                said.append((performance.sung(time_s), move.beats, move.beats - performance.place(time_s)))
    return said
