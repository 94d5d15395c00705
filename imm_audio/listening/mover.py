"""When the song is moved to where the singers are: rarely, and never on a doubt."""
from typing import NamedTuple

from .align import Aligner, Place

#: So sure the aligner must be, for so long on end, with a place that goes on steadily.
SURE, HOLD_BEATS, STEADY_BEATS = 0.75, 2.0, 1.0
#: Less than this the follower of the beat brings together.
APART_BEATS = 1.5
#: After a move the room gets time to agree.
REST_BEATS = 4.0


class Move(NamedTuple):
    """Take the song there."""

    time_s: float
    beats: float        # song beats at that time
    beats_per_s: float


class Mover:
    """Compares the singers' place with the song's."""

    def __init__(self, aligner: Aligner):
        self._aligner = aligner
        self._since_s: float | None = None
        self._last, self._last_s = 0.0, 0.0
        self._rest_until_s = -1e9

    def look(self, time_s: float, place: Place, song_beats: float | None) -> Move | None:
        """`song_beats`: where the song is at that time; None while it has not begun."""
        rate = max(place.beats_per_s, 0.1)
        apart = song_beats is None or self._aligner.distance(place.beats, song_beats) > APART_BEATS
        if place.sure < SURE or not apart or time_s < self._rest_until_s:
            self._since_s = None
            return None
        expected = self._last + (time_s - self._last_s) * rate if self._since_s is not None else place.beats
        self._last, self._last_s = place.beats, time_s
        if self._since_s is None or abs(place.beats - expected) > STEADY_BEATS:
            self._since_s = time_s
            return None
        if (time_s - self._since_s) * rate < HOLD_BEATS:
            return None
        self._since_s, self._rest_until_s = None, time_s + REST_BEATS / rate
        beats = self._aligner.next_twin(place.beats, song_beats) if song_beats is not None else place.beats
        return Move(time_s, beats, place.beats_per_s)
