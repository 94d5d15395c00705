"""The people who sing, and where in the song they are: what a session asks of the aligner."""
from collections.abc import Sequence

from .align import Aligner, Note
from .mover import Move, Mover
from .pitch import Pitch

#: After so long a silence before the song has begun, whoever sings next begins anew.
ANEW_S = 4.0


class Singers:
    """Listens for a song that is known; without one it is deaf."""

    def __init__(self, sample_rate: float):
        self._rate = sample_rate
        self._aligner: Aligner | None = None
        self._sung_s = 0.0

    def learn(self, melody: Sequence[Note], starts: Sequence[float], length: float, beats_per_s: float) -> None:
        """Follow another song from now on (see Aligner); an empty melody: none."""
        self._aligner = Aligner(melody, starts, length, beats_per_s) if melody else None
        self._mover = Mover(self._aligner) if self._aligner else None

    def hear_onset(self) -> None:
        """Somebody began a note."""
        if self._aligner:
            self._aligner.hear_onset()

    def hear_pitch(self, pitch: Pitch, song_beats: float | None, beats_per_s: float) -> Move | None:
        """What was sung at `pitch.frame`, and where the song was then (None: it has not begun) at which tempo.

        A move when the song should go to where the singers are, or begin there.
        """
        if self._aligner is None or self._mover is None:
            return None
        time_s = pitch.frame / self._rate
        if pitch.key is not None:
            self._sung_s = time_s
        elif song_beats is None and time_s - self._sung_s > ANEW_S:
            self._aligner.restart()
        self._aligner.tempo(beats_per_s)
        place = self._aligner.hear_pitch(time_s, pitch.key, song_beats)
        return self._mover.look(time_s, place, song_beats) if place else None
