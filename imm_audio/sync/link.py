"""Ableton Link: the same tempo and bar as other programs and devices in the room's network.

An extra, `pip install imm_audio[link]`: without it, or without a network, the session goes on and one sentence says so.
Source: Ableton, "Link documentation" (https://ableton.github.io/link): tempo, beat alignment, phase of a quantum.
"""
import math
from collections.abc import Callable
from typing import Any

from ..kernels.engine.events import TEMPO
from ..kernels.music.terms import NO_SONG
from .midi_clock import Moment

MISSING = "Ableton Link is not installed: other devices are not joined. To join them: pip install linkpython-extern"
#: What the bar is off is made up for within so many beats, and by no more than this share of the tempo.
BACK_BEATS, MOST = 2.0, 0.1
#: Two tempi closer than this are one [beats per minute].
SAME_BPM = 0.02
#: Less nobody hears [beats].
NEAR_BEATS = 0.002


class LinkMissing(RuntimeError):
    """The binding is not installed; the message is for people."""


def open_link(tempo_bpm: float) -> Any:
    """A Link that has joined the network.  LinkMissing when there is none."""
    try:
        import link
    except ImportError:
        raise LinkMissing(MISSING) from None
    found = link.Link(tempo_bpm)
    found.enabled = True
    return found


class LinkSync:
    """Our clock and that of the network, told to each other; call `poll` 20 times a second.

    link: what `open_link` gives.  `now` and `host_s_at`: time of the host's clock now, and of a frame.
    leads: True, the room's tempo is everybody's (the follower leads); False, the network's is ours.
    """

    def __init__(self, link: Any, push: Callable[..., Any], moment: Callable[[], Moment], host_s_at: Callable[[float], float],
                 now: Callable[[], float], *, leads: bool, late_s: float = 0.0):
        self._link, self._push, self._moment, self._host_s_at, self._now = link, push, moment, host_s_at, now
        self._leads, self._late_s = leads, late_s
        self._told_bpm = math.nan

    @property
    def peers(self) -> int:
        """How many others there are."""
        return int(self._link.numPeers())

    def poll(self, rate: float, meter_beats: float) -> None:
        """Tell the network where we are, or go where it is.

        rate: frames a second; meter_beats: the bar that is kept together.
        """
        moment = self._moment()
        speed = moment.beats_per_frame
        tempo, quantum = 60.0 * rate * speed, max(meter_beats, 1.0)
        # this moment of ours is heard at `micros` of Link's clock
        micros = self._link.clock().micros() + round(1e6 * (self._host_s_at(moment.frame) + self._late_s - self._now()))
        ours = moment.beats if moment.mode == NO_SONG else moment.place
        state = self._link.captureSessionState()
        off = state.phaseAtTime(micros, quantum) - ours % quantum   # how far we are behind the network
        off -= quantum * math.floor(off / quantum + 0.5)
        if self._leads:
            self._tell(state, tempo, ours, off, micros, quantum)
        elif self.peers:
            share = min(max(off / BACK_BEATS, -MOST), MOST)
            wanted = state.tempo() * (1.0 + (share if abs(off) > NEAR_BEATS else 0.0))
            if not abs(wanted - tempo) < SAME_BPM:
                self._push(TEMPO, 0, 0, 0.0, min(max(wanted, 20.0), 300.0))

    def _tell(self, state: Any, tempo: float, ours: float, off: float, micros: int, quantum: float) -> None:
        changed = False
        if not abs(tempo - self._told_bpm) < SAME_BPM:
            state.setTempo(tempo, micros)
            self._told_bpm, changed = tempo, True
        if abs(off) > NEAR_BEATS:
            state.forceBeatAtTime(ours, micros, quantum)
            changed = True
        if changed:
            self._link.commitSessionState(state)

    def close(self) -> None:
        """Leave the network."""
        self._link.enabled = False
