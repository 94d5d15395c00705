"""Plays a recording on the beat clock: decides what has to sound when, a few hundredths of a second ahead.

The audio thread says where the song stands and how fast it moves.  From that follows where it will be when a piece of sound
is heard; the beat map says which moment of the recording belongs there; and the recording's speed is steered so that it
is there.  How often `advance` is called changes nothing of what is heard, as long as the ring does not run dry.
"""
import math
from typing import Protocol

import numpy as np

from ..kernels.music.terms import NO_SONG
from .beat_map import BeatMap
from .stretch import Stretcher

#: What is kept ready beyond the present frame: more than a busy computer's pause, less than a change of tempo may be late.
AHEAD_S = 0.08
#: After a start or a pause the recording begins so far ahead.
BEGIN_S = 0.02
#: Speed is decided once a piece.
PIECE_S = 0.01
#: What is off the beat is made up for in this time: faster would flutter with every breath of the clock.
CATCH_UP_S = 0.25
#: Farther off than this the song has jumped: the recording jumps too, with a crossfade.
JUMP_S = 0.12
CROSSFADE_S = 0.04
#: Faster or slower than this times its own speed no recording is stretched.
FASTEST = 3.0


class Moment(Protocol):
    """Where the music stands (kernels/music/moment.py)."""

    frame: float
    mode: float
    place: float
    place_per_frame: float
    leap_place: float
    leap_to: float


class Room(Protocol):
    """What a player needs of the engine."""

    @property
    def sample_rate(self) -> float: ...
    def moment(self) -> Moment: ...
    def backing(self) -> tuple[bool, float]: ...
    def write_backing(self, frame: int, sound: np.ndarray) -> None: ...


class _Voice:
    """A place in the recording, moving, and the stretcher that sounds it."""

    def __init__(self, sound: np.ndarray, sample_rate: float):
        self._sound, self._rate = sound, sample_rate
        self._stretcher = Stretcher(sample_rate)
        self.late_frames = self._stretcher.output_frames  # how much later a change of speed is heard
        self.position = 0.0                               # frame of the recording that a change now begins with
        self._taken = 0

    def jump(self, position: float, speed: float) -> None:
        """Go to `position`, which is what is heard next: half a window that is still under way is thrown away."""
        stretcher = self._stretcher
        self._taken = round(position) + stretcher.input_frames
        stretcher.seek(self._piece(self._taken - 3 * (stretcher.input_frames + stretcher.output_frames), self._taken), speed)
        self.position = position
        self.play(speed, self.late_frames)

    def play(self, speed: float, frames: int) -> np.ndarray:
        """`frames` frames at `speed`, (2, frames); 0: hold what sounds."""
        self.position += speed * frames
        end = round(self.position) + self._stretcher.input_frames
        piece = self._piece(self._taken, end)
        self._taken = end
        return self._stretcher.process(piece, frames)

    def _piece(self, start: int, stop: int) -> np.ndarray:
        """Frames start .. stop of the recording; silence before and after it."""
        inside = self._sound[:, max(start, 0):max(stop, 0)]
        if start >= 0 and inside.shape[1] == stop - start:
            return inside
        piece = np.zeros((2, max(stop - start, 0)), "f4")
        first = max(-start, 0)
        piece[:, first:first + inside.shape[1]] = inside
        return piece


class Player:
    """One recording: `sound` float32 (2, frames) at the room's rate, and its beats."""

    def __init__(self, room: Room, sound: np.ndarray, beats: BeatMap):
        rate = room.sample_rate
        self._room, self._beats, self._rate, self._length = room, beats, rate, sound.shape[1]
        self._voices = [_Voice(sound, rate), _Voice(sound, rate)]
        self._at = 0                       # which of them plays
        self._origin = 0.0                 # without a song: beat of the clock at which the recording begins
        self._next = -1                    # frame of the next piece; -1: nothing is under way
        self._piece = round(PIECE_S * rate)
        fade = np.arange(round(CROSSFADE_S * rate)) / (CROSSFADE_S * rate)
        self._rise, self._fall = np.sin(0.5 * math.pi * fade).astype("f4"), np.cos(0.5 * math.pi * fade).astype("f4")
        self.jumps = 0

    def advance(self) -> None:
        """Fill the ring as far as it should be filled; call it every few milliseconds."""
        needed, origin_beat = self._room.backing()
        moment = self._room.moment()
        self._origin = origin_beat if moment.mode == NO_SONG else 0.0
        if not needed:
            self._next = -1
            return
        if self._next < 0 or self._next < moment.frame:
            self._begin(moment)
        while self._next < moment.frame + AHEAD_S * self._rate:
            self._write(self._make(moment))

    def _place(self, moment: Moment, frame: float) -> float:
        return moment.place - self._origin + (frame - moment.frame) * moment.place_per_frame

    def _wanted(self, place: float) -> float:
        """Frame of the recording that belongs to a place of the song."""
        return self._beats.seconds_at(place) * self._rate

    def _own_speed(self, moment: Moment, place: float) -> float:
        """Frames of the recording that pass in one frame at the present tempo."""
        return self._limit((self._wanted(place + 0.1) - self._wanted(place - 0.1)) / 0.2 * moment.place_per_frame)

    def _begin(self, moment: Moment) -> None:
        self._next = int(moment.frame + BEGIN_S * self._rate)
        place = self._place(moment, self._next)
        self._voices[self._at].jump(self._wanted(place), self._own_speed(moment, place))

    def _make(self, moment: Moment) -> np.ndarray:
        """The next piece of sound, (2, frames)."""
        voice, fade = self._voices[self._at], len(self._rise)
        now, heard, frames = self._place(moment, self._next), self._place(moment, self._next + voice.late_frames), self._piece
        leap = (moment.leap_place - now) / moment.place_per_frame if moment.place_per_frame > 0.0 else math.inf
        if leap <= fade:       # where the song will be has arrived when the fade is over
            now, heard = (place - moment.leap_place + moment.leap_to for place in (now, heard))
        elif leap - fade < frames:
            frames = max(int(leap - fade), 1)
        off, own = self._wanted(heard) - voice.position, self._own_speed(moment, heard)
        if abs(off) > JUMP_S * self._rate:
            return self._cross(self._wanted(now), own)
        return voice.play(self._limit(own + off / (CATCH_UP_S * self._rate)), frames)

    def _cross(self, position: float, speed: float) -> np.ndarray:
        """Fade over to another place."""
        old, self._at = self._voices[self._at], 1 - self._at
        new = self._voices[self._at]
        new.jump(position, speed)
        self.jumps += 1
        frames = len(self._rise)
        return old.play(speed, frames) * self._fall + new.play(speed, frames) * self._rise

    def _limit(self, speed: float) -> float:
        return min(max(speed, 0.0), FASTEST)

    def _write(self, sound: np.ndarray) -> None:
        self._room.write_backing(self._next, sound)
        self._next += sound.shape[1]
