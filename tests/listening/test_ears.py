"""From the tap ring to ONSET events: true frames, no echo of the engine's own music, and lateness that is counted."""
import numpy as np
import pytest

from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import ONSET
from imm_audio.kernels.engine.state import FROM_LISTENING
from imm_audio.listening.bleed import LATEST_S, Bleed
from imm_audio.listening.ears import FIRST_MICROPHONE, Ears
from imm_audio.listening.onsets import OnsetDetector
from imm_audio.listening.pitch import PitchTracker
from tests.listening.sounds import click, noise, strokes

RATE = 16000
TRUE_S = np.arange(1.0, 7.0, 0.45)


def told(engine):
    """(microphone, frame, strength) of all events in the listeners' ring that the engine has not read."""
    ring = engine.state["rings"][FROM_LISTENING]
    slots = ring["slots"][:int(ring["head"][0])]
    assert set(slots["kind"]) <= {ONSET}
    return [(int(e["player"]) - FIRST_MICROPHONE, int(e["frame"]), float(e["value"])) for e in slots]


class Room:
    """An engine that only hears: the rings stay as listening left them."""

    def __init__(self, microphones):
        self.engine = Engine.create(Settings(sample_rate=RATE, input_channels=microphones))

    def hear(self, sound, after=lambda: None, block=160):
        for at in range(0, len(sound) - block + 1, block):
            self.engine.process(sound[at:at + block], block)
            after()


def test_each_microphone_tells_its_own_onsets_at_their_true_frames():
    room = Room(2)
    heard = np.zeros((8 * RATE, 2), "f4")
    for microphone, shift in enumerate((0.0, 0.2)):
        one = strokes(click, TRUE_S + shift, RATE, seed=3)[:8 * RATE]
        heard[:len(one), microphone] = one
    room.hear(np.zeros((160, 2), "f4"))  # before anybody listens here
    ears = Ears(room.engine, lambda: None, lambda pitch: None)
    room.hear(heard, lambda: ears.round())
    events = told(room.engine)
    for microphone, shift in enumerate((0.0, 0.2)):
        frames = np.array([frame for m, frame, _ in events if m == microphone])
        assert len(frames) == len(TRUE_S)
        assert np.abs(frames - 160 - (TRUE_S + shift) * RATE).max() < 0.006 * RATE
    assert all(0.0 < strength <= 1.0 for _, _, strength in events)
    assert ears.lost_frames == 0


def test_ears_that_come_late_leave_out_what_is_old_and_count_it():
    room = Room(1)
    sound = strokes(click, TRUE_S, RATE, seed=3)[:, None]
    ears = Ears(room.engine, lambda: None, lambda pitch: None)
    first, stop = int(2.0 * RATE) // 160 * 160, int(5.0 * RATE) // 160 * 160
    room.hear(sound[:first], lambda: ears.round())
    room.hear(sound[first:stop])             # three seconds asleep
    while ears.round():
        pass
    room.hear(sound[stop:], lambda: ears.round())
    frames = np.array([frame for _, frame, _ in told(room.engine)]) / RATE
    assert ears.lost_frames == pytest.approx(2.9 * RATE, abs=0.1 * RATE)
    for t in TRUE_S:
        near = np.abs(frames - t).min() < 0.006
        assert near == (t < 1.95 or t > 5.0) or 1.95 <= t <= 2.0 or 4.85 <= t <= 5.0


def bled(delay_s, leak, own_s, people_s, people_gain):
    """Onsets of the microphone with (time, held back): the engine's strokes leak in late and soft, people clap."""
    music = strokes(click, own_s, RATE, seed=1, even=True)
    heard = np.zeros(len(music) + RATE, "f4")
    heard[int(delay_s * RATE):int(delay_s * RATE) + len(music)] = leak * music
    people = people_gain * strokes(click, people_s, RATE, seed=50, even=True)
    heard[:len(people)] += people[:len(heard)]
    heard += noise(len(heard), -80, RATE, seed=5)
    music = np.concatenate((music, np.zeros(len(heard) - len(music), "f4")))
    bleed, detector, found = Bleed(RATE, 1), OnsetDetector(RATE), []
    for at in range(0, len(heard) - 160, 160):
        bleed.feed(music[at:at + 160], heard[at:at + 160, None])
        found += [(onset.frame / RATE, bleed.explains(0, onset.frame, onset.level))
                  for onset in detector.feed(heard[at:at + 160])]
    return found


@pytest.mark.parametrize("delay_s", [0.01, 0.05, 0.1])
@pytest.mark.parametrize("leak", [0.5, 0.05])
def test_the_engines_own_music_is_not_taken_for_people_and_people_are_heard_beside_it(delay_s, leak):
    own_s, people_s = np.arange(0.5, 24.0, 0.4), np.arange(4.15, 20.0, 1.1)
    found = bled(delay_s, leak, own_s, people_s, 4.0 * leak)
    settled = [(t, held) for t, held in found if t > 3.0]
    own = [held for t, held in settled if np.abs(t - own_s - delay_s).min() < 0.01 and np.abs(t - people_s).min() > 0.05]
    people = [held for t, held in settled if np.abs(t - people_s).min() < 0.01]
    assert len(people) >= len(people_s) - 1
    assert np.mean(own) > 0.95
    assert np.mean(people) < 0.1


def test_without_music_nothing_is_held_back():
    found = bled(0.02, 0.0, np.array([0.5, 22.0]), np.arange(2.0, 20.0, 0.5), 0.2)
    assert len(found) >= 30
    assert not any(held for t, held in found if abs(t - 22.0) > LATEST_S + 0.1)


@pytest.mark.parametrize("rate", [16000, 44100, 48000])
@pytest.mark.parametrize("key", [43.0, 60.3, 79.0])
def test_the_pitch_of_a_tone_is_found_within_some_cents_and_silence_has_none(rate, key):
    t = np.arange(rate) / rate
    hz = 440.0 * 2.0 ** ((key - 69.0) / 12.0)
    tone = sum(0.1 / n * np.sin(2 * np.pi * n * hz * t) for n in range(1, 8)).astype("f4")
    tracker = PitchTracker(rate)
    pitches = tracker.feed(np.concatenate((tone, np.zeros(rate, "f4"))))
    sung = [pitch.key for pitch in pitches if 0.1 * rate < pitch.frame < 0.9 * rate]
    assert all(one == pytest.approx(key, abs=0.1) for one in sung)
    assert all(pitch.key is None for pitch in pitches if pitch.frame > 1.1 * rate)
    assert pitches[1].frame - pitches[0].frame == tracker.hop
