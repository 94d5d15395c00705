"""The tune is played along at the song's own place, and every note that begins ends."""
import numpy as np
import pytest

from imm_audio.kernels.music.form import FORM, form_advance, form_reset, form_say, form_start, form_write
from imm_audio.kernels.music.guide import GUIDE, guide_advance, guide_reset
from imm_audio.kernels.music.terms import (
    FORM_CLEAR,
    FORM_JUMP,
    FORM_PICKUP,
    FORM_SECTION,
    FORM_STOP,
    PLAYING,
    STOPPED,
    TUNE_CLEAR,
    TUNE_GO,
    TUNE_NOTE,
    VERSE,
)
from imm_audio.kernels.music.tune import TUNE_STATE, tune_reset, tune_say
from imm_audio.kernels.rt import GRID

RATE, BPM = 8000.0, 60.0
PER_FRAME = BPM / 60 / RATE


class Choir:
    """A form of 8 beats with a pick-up of one, and a tune of one note a beat: keys 60, 61, 62 ..."""

    def __init__(self):
        self.form, self.guide, self.tune = (np.zeros(1, kind)[0] for kind in (FORM, GUIDE, TUNE_STATE))
        form_reset(self.form)
        guide_reset(self.guide)
        tune_reset(self.tune)
        form_write(self.form, FORM_CLEAR, 0, 4.0, 1.0)
        form_write(self.form, FORM_SECTION, VERSE, 0.0, 8.0)
        form_write(self.form, FORM_PICKUP, 0, 0.0, 1.0)
        tune_say(self.tune, TUNE_CLEAR, 0.0, 0.0)
        for key in range(60, 69):
            tune_say(self.tune, TUNE_NOTE, float(key), 1.0)
        tune_say(self.tune, TUNE_GO, 0.0, 0.0)
        self.guide["wanted"], self.frame, self.notes = 1, 0, []

    @property
    def beats(self):
        return self.frame * PER_FRAME

    def run(self, beats):
        for _ in range(round(beats / PER_FRAME / GRID)):
            form_advance(self.form, self.beats, GRID * PER_FRAME)
            melody = self.tune["melodies"][int(self.tune["playing"])]
            guide_advance(self.guide, self.form, melody, self.frame, self.beats, PER_FRAME)
            if self.guide["off"]:
                assert self.notes[-1][0] == self.guide["off_key"]
                assert self.notes[-1][2] is None
                self.notes[-1][2] = int(self.guide["off_frame"]) * PER_FRAME
            if self.guide["on"]:
                assert not self.notes or self.notes[-1][2] is not None
                self.notes.append([float(self.guide["key"]), int(self.guide["on_frame"]) * PER_FRAME, None])
            self.frame += GRID


def test_every_note_stands_at_its_place_of_the_song():
    choir = Choir()
    form_start(choir.form, 3.0, 0.0)
    choir.run(14)
    assert [key for key, _, _ in choir.notes] == list(range(60, 69))
    assert [start for _, start, _ in choir.notes] == pytest.approx([2.0 + i for i in range(9)], abs=1e-3)
    assert all(0.8 < stop - start < 1.0 for _, start, stop in choir.notes)


def test_it_goes_along_with_a_jump():
    choir = Choir()
    form_start(choir.form, 1.0, 0.0)
    choir.run(3.5)
    assert form_say(choir.form, FORM_JUMP, 0, 0.0, 6.0, choir.beats)
    choir.run(2)
    keys = [key for key, _, _ in choir.notes]
    assert keys == [60, 61, 62, 63, 67, 68]
    assert choir.notes[4][1] == pytest.approx(4.0, abs=1e-3)


def test_it_is_silent_when_the_song_is_ended():
    choir = Choir()
    form_start(choir.form, 0.0, 0.0)
    choir.run(2.5)
    assert choir.form["mode"] == PLAYING
    form_say(choir.form, FORM_STOP, 0, 1.0, 2.0, choir.beats)
    choir.run(6)
    assert choir.form["mode"] == STOPPED
    assert choir.notes[-1][0] == 63.0
    assert choir.notes[-1][2] < 3.1


def test_it_says_nothing_when_nobody_wants_it():
    choir = Choir()
    choir.guide["wanted"] = 0
    form_start(choir.form, 0.0, 0.0)
    choir.run(8)
    assert choir.notes == []
