"""A band driven by hand: kernels alone, no sound; what it orders is read from assist.out."""
import math
from dataclasses import dataclass

import numpy as np

from imm_audio.kernels.music.assist import assist_begin, assist_reset
from imm_audio.kernels.music.band import TAKE_SOUND, band_advance, band_hear, band_let_go, band_reset, band_say
from imm_audio.kernels.music.band_notes import BAND, band_follow
from imm_audio.kernels.music.form import FORM
from imm_audio.kernels.music.harmony import harmony_chord, harmony_say, harmony_scale
from imm_audio.kernels.music.sounding import ASSIST_STATE, ON
from imm_audio.kernels.music.terms import (
    BEGIN,
    HARMONY_CHORD,
    HARMONY_CLEAR,
    HARMONY_GO,
    HARMONY_KEY,
    PLAYING,
    STOPPED,
)
from imm_audio.kernels.rt import GRID, rt
from imm_audio.kernels.voices.part import BAND_BASS, CHANNELS

MAJOR, MINOR, SEVENTH, WHOLE_SCALE = (0, 4, 7), (0, 3, 7), (0, 4, 7, 10), (0, 2, 4, 5, 7, 9, 11)
KINDS = (MAJOR, MINOR, SEVENTH)


@rt
def _step(assist, band, form, frame, beats, tempo_bpm, rate):
    """A grid step as the engine takes it."""
    assist.count = 0
    if assist_begin(assist, frame, beats, tempo_bpm / (60.0 * rate), rate):
        band_follow(band, assist)
    band_advance(band, assist, form)


@dataclass
class Sounded:
    """What sounded; beats of the transport, `stop` None: it still does."""

    seat: int
    key: float
    velocity: float
    start: float
    frame: int
    stop: float | None = None


class Bandstand:
    """A form, a harmony and a band at one tempo: say what is, then `run` for some beats."""

    def __init__(self, tempo_bpm=100.0, rate=4000.0, meter=4.0):
        self.assist, self.band, self.form = (np.zeros(1, kind)[0] for kind in (ASSIST_STATE, BAND, FORM))
        assist_reset(self.assist)
        band_reset(self.band)
        self.tempo_bpm, self.rate, self.frame, self.beats = tempo_bpm, rate, 0, 0.0
        self.notes, self.sounding, self.complaints, self.sounds, self.orders = [], {}, [], [], []
        self.assist["harmony"]["meter_beats"] = meter
        self.form["meter_beats"], self.form["mode"] = meter, STOPPED
        self.form["section_start"], self.form["section_stop"], self.form["stop_place"] = 0.0, math.inf, math.inf
        self.sections = [(0.0, math.inf)]
        harmony_scale(self.assist["harmony"], 1, float(BEGIN), 12.0)
        for i, degree in enumerate(WHOLE_SCALE):
            harmony_scale(self.assist["harmony"], 1, float(i), float(degree))
        for slot, tones in enumerate(KINDS, 1):
            harmony_chord(self.assist["harmony"], slot, float(BEGIN), 0.0)
            for i, tone in enumerate(tones):
                harmony_chord(self.assist["harmony"], slot, float(i), float(tone))

    def chords(self, rows, at_once=True):
        """Rows of (root, index of KINDS, beats), in C major."""
        harmony = self.assist["harmony"]

        def say(op, slot=0, key=0.0, value=0.0):
            assert harmony_say(harmony, op, slot, float(key), float(value), self.beats)

        say(HARMONY_CLEAR)
        for root, kind, beats in rows:
            say(HARMONY_KEY, 1, 0.0)
            say(HARMONY_CHORD, kind + 1, root, beats)
        say(HARMONY_GO, value=2.0 if at_once else 0.0)

    def say(self, events):
        """BAND events, as (kind, player, channel, key, value)."""
        for _, player, op, key, value in events:
            assert band_say(self.band, op, player, float(key), float(value)), (player, op, key, value)

    def hear(self, player, strength):
        band_hear(self.band, player, float(strength), self.beats, float(self.form["meter_beats"]))

    def play(self, place=0.0, mode=PLAYING):
        """The form is at `place` now."""
        self.form["mode"], self.form["origin_beat"] = mode, self.beats - place

    def let_go(self):
        self.assist["count"] = 0
        band_let_go(self.band, self.assist)
        self._listen()

    @property
    def place(self):
        return self.beats - float(self.form["origin_beat"])

    def run(self, beats, each=None):
        """Let so many beats pass; `each`: called before every grid step."""
        stop = self.beats + beats
        while self.beats < stop - 1e-9:
            if each:
                each()
            form = self.form
            form["place"] = self.place
            for number, (start, end) in enumerate(self.sections):
                if start - 1e-9 <= self.place < end:
                    form["section"], form["section_start"], form["section_stop"] = number, start, end
            _step(self.assist, self.band, form, self.frame, self.beats, self.tempo_bpm, self.rate)
            self._listen()
            self.frame += GRID
            self.beats += GRID * self.tempo_bpm / (60.0 * self.rate)

    def _listen(self):
        for i in range(int(self.assist["count"])):
            order = self.assist["out"][i]
            seat, key, frame = BAND_BASS + int(order["channel"]) // CHANNELS, float(order["key"]), int(order["frame"])
            self.orders.append((int(order["kind"]), seat, frame, key, float(order["value"])))
            beats = self.beats + (frame - self.frame) * self.tempo_bpm / (60.0 * self.rate)
            if order["kind"] == TAKE_SOUND:
                self.sounds.append((seat, key, float(order["value"])))
            elif order["kind"] == ON:
                note = Sounded(seat, key, float(order["value"]), beats, frame)
                if (seat, key) in self.sounding:
                    self.complaints.append(f"{note} sounds already")
                self.notes.append(note)
                self.sounding[seat, key] = note
            else:
                note = self.sounding.pop((seat, key), None)
                if note is None or note.frame > frame:
                    self.complaints.append(f"end of {seat, key} at {frame}, begun: {note}")
                else:
                    note.stop = beats
