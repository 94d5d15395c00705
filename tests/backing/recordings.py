"""Recordings whose beats are known."""
import numpy as np

from imm_audio.backing.beat_map import BeatMap


def steady(tempo_bpm, first_s, length_s, meter=4):
    """The beat map of an even recording."""
    return BeatMap(np.arange(first_s, length_s, 60.0 / tempo_bpm), 0, meter)


def clicks(beats_s, length_s, rate):
    """A click of 200 frames, its middle on each beat; (2, frames)."""
    sound = np.zeros((2, int(length_s * rate)), "f4")
    click = np.random.default_rng(0).standard_normal(200) * np.hanning(200) * 0.5
    for beat in beats_s:
        at = round(beat * rate) - 100
        if at >= 0 and at + 200 <= sound.shape[1]:
            sound[:, at:at + 200] += click
    return sound


def sine(hz, length_s, rate):
    return np.tile(0.3 * np.sin(2 * np.pi * hz * np.arange(int(length_s * rate)) / rate), (2, 1)).astype("f4")


def drums(beats_s, length_s, rate, meter=4):
    """Bass drum on one, snare and hi-hat on the other beats, hi-hat between; (2, frames)."""
    random = np.random.default_rng(1)
    t = np.arange(int(0.25 * rate)) / rate
    kick = np.sin(2 * np.pi * (50 * t + 3 * (1 - np.exp(-40 * t)))) * np.exp(-14 * t)
    snare, hat = (random.standard_normal(len(t)) * np.exp(-fall * t) * level for fall, level in ((25, 0.5), (90, 0.3)))
    mono = np.zeros(int(length_s * rate) + len(t))

    def add(sound, second):
        at = round(second * rate)
        if at + len(sound) <= len(mono):
            mono[at:at + len(sound)] += sound

    for n, beat in enumerate(beats_s):
        add(kick if n % meter == 0 else snare if n % 2 else hat, beat)
        add(hat, beat)
        if n + 1 < len(beats_s):
            add(0.5 * hat, 0.5 * (beat + beats_s[n + 1]))
    return np.tile(0.5 * mono[:int(length_s * rate)], (2, 1)).astype("f4")


def late_ms(heard, places, wanted, rate):
    """How late the click of each place in `wanted` is heard [ms]; places: of each grid step of 16 frames."""
    loud = np.convolve(abs(heard[:, 0]), np.ones(48) / 48, "same")
    found = []
    for place in wanted:
        step = int(np.argmax(np.asarray(places) >= place))
        before, after = places[step - 1], places[step]
        frame = 16 * (step - 1 + (place - before) / (after - before))
        first = int(frame) - 4000
        piece = loud[max(first, 0):first + 8000]
        found.append(1000.0 * ((piece * np.arange(len(piece))).sum() / piece.sum() + max(first, 0) - frame) / rate)
    return np.array(found)
