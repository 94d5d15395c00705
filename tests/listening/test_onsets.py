"""Onsets: found where they are, whatever makes them, and known soon enough."""
import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.listening.offline import onsets_of_wav
from imm_audio.listening.onsets import APART_S, OnsetDetector, hop_frames
from tests.listening.singing import performed, sing
from tests.listening.sounds import click, hall, noise, pluck, strokes

RATE = 48000


def times(sound, rate=RATE):
    """Seconds of all onsets."""
    return np.array([onset.frame / rate for onset in OnsetDetector(rate).feed(sound)])


def match(found, true, within):
    """Found minus true for each that is found within so many seconds; and how many were found, and how many were too much."""
    errors = np.array([found[np.argmin(np.abs(found - t))] - t for t in true])
    hits = np.abs(errors) <= within
    return errors[hits], hits.mean(), len(found) - hits.sum()


TRUE_S = np.cumsum(np.random.default_rng(2).uniform(0.15, 0.6, 40)) + 1.0


@pytest.mark.parametrize(("sound", "bias_ms", "spread_ms"), [(click, 3.5, 1.2), (pluck, 2.0, 2.5)])
@pytest.mark.parametrize("noise_dbfs", [-120, -50])
@pytest.mark.parametrize("rate", [44100, 48000, 96000])
def test_what_is_struck_is_placed_within_milliseconds(sound, bias_ms, spread_ms, noise_dbfs, rate):
    heard = strokes(sound, TRUE_S, rate, seed=3)
    heard += noise(len(heard), noise_dbfs, rate, seed=4)
    errors, share, extra = match(times(heard, rate), TRUE_S, 0.02)
    assert share == 1.0
    assert extra == 0
    assert abs(1000 * np.median(errors)) < bias_ms
    assert 1000 * errors.std() < spread_ms


def test_sung_notes_are_placed_within_a_few_hundredths():
    errors, found, extra, count = [], 0.0, 0, 0
    for seed in range(4):
        notes = performed([(float(b), 1.0, key) for b, key in enumerate([62, 64, 66, 67, 69, 67, 66, 64] * 3)], 0.55, seed)
        sound = sing(notes, RATE, seed)
        one, share, more = match(times(sound + noise(len(sound), -55, RATE, seed)), np.array([n[0] for n in notes]), 0.1)
        errors.append(one)
        found, extra, count = found + share / 4, extra + more, count + len(notes)
    late_ms = 1000 * np.concatenate(errors)
    assert found > 0.85
    assert extra < 0.12 * count
    assert abs(np.median(late_ms)) < 12      # the attack itself takes 30 to 90 ms
    assert np.percentile(np.abs(late_ms), 90) < 45


@pytest.mark.parametrize("gap_s", [0.035, 0.05])
def test_two_players_who_hit_almost_together_are_two(gap_s):
    true = np.sort(np.concatenate((TRUE_S[::2], TRUE_S[::2] + gap_s)))
    _, share, extra = match(times(strokes(click, true, RATE, seed=3, even=True)), true, 0.012)
    assert share > 0.9
    assert extra == 0
    assert gap_s > APART_S


def test_an_onset_is_known_soon_and_from_the_past_alone():
    heard = strokes(click, TRUE_S, RATE, seed=3)
    detector = OnsetDetector(RATE)
    delays = []
    for at in range(0, len(heard), 48):
        delays += [(at + 48 - onset.frame) / RATE for onset in detector.feed(heard[at:at + 48])]
    assert max(delays) < 0.016
    assert max(delays) == pytest.approx(detector.delay_frames / RATE, abs=0.003)
    cut = int(TRUE_S[20] * RATE)
    whole, part = OnsetDetector(RATE).feed(heard), OnsetDetector(RATE).feed(heard[:cut])
    assert part == whole[:len(part)]
    assert len(part) >= 19


@settings(deadline=None, max_examples=25)
@given(cuts=st.lists(st.integers(1, 2 * RATE - 1), max_size=40))
def test_the_same_onsets_however_time_is_cut(cuts):
    heard = strokes(pluck, TRUE_S[:4], RATE, seed=5)[:2 * RATE]
    detector = OnsetDetector(RATE)
    pieces = np.split(heard, sorted(cuts))
    assert [onset for piece in pieces for onset in detector.feed(piece)] == OnsetDetector(RATE).feed(heard)


@pytest.mark.parametrize("kind", ["silence", "hum", "room", "hiss"])
def test_a_room_in_which_nobody_does_anything_is_quiet(kind):
    count, t = 20 * RATE, np.arange(20 * RATE) / RATE
    sound = {"silence": np.zeros(count, "f4"), "hum": (0.01 * np.sin(2 * np.pi * 50 * t)).astype("f4"),
             "room": hall(count, -45, RATE), "hiss": noise(count, -40, RATE, seed=1)}[kind]
    assert len(times(sound)) <= 1


def test_a_microphone_that_is_turned_down_hears_the_same():
    heard = strokes(pluck, TRUE_S, RATE, seed=3)
    heard += noise(len(heard), -60, RATE, seed=2)
    loud, soft = OnsetDetector(RATE).feed(heard), OnsetDetector(RATE).feed(heard * np.float32(0.03))
    assert [o.frame for o in loud] == [o.frame for o in soft]
    assert [o.strength for o in loud] == pytest.approx([o.strength for o in soft], abs=0.02)


def test_strength_is_loudness():
    true = np.arange(1.0, 9.0, 0.5)
    gains = np.tile([1.0, 0.1], 8)
    heard = np.zeros(10 * RATE, "f4")
    for t, gain in zip(true, gains, strict=True):
        one = click(RATE, 0)
        heard[int(t * RATE):int(t * RATE) + len(one)] += gain * one
    strength = np.array([onset.strength for onset in OnsetDetector(RATE).feed(heard)])
    assert len(strength) == 16
    assert strength[2::2] == pytest.approx(1.0, abs=0.1)
    assert strength[3::2] == pytest.approx(0.5, abs=0.1)  # 20 of 40 dB


def test_what_was_lost_moves_no_later_onset():
    heard = strokes(click, TRUE_S, RATE, seed=3)
    first, stop = int((TRUE_S[10] + 0.1) * RATE), int((TRUE_S[20] - 0.1) * RATE)
    detector = OnsetDetector(RATE)
    before = detector.feed(heard[:first])
    detector.skip(stop - first)
    after = np.array([onset.frame for onset in detector.feed(heard[stop:])]) / RATE
    errors, share, extra = match(after, TRUE_S[20:], 0.02)
    assert len(before) == 11
    assert share == 1.0
    assert extra <= 1
    assert np.abs(errors).max() < 0.01


def test_rubbish_is_survived():
    detector = OnsetDetector(RATE)
    random = np.random.default_rng(1)
    for sound in (np.full(RATE, 8.0, "f4"), np.zeros(RATE, "f4"), random.choice([-8.0, 8.0], RATE).astype("f4"),
                  np.full(RATE, 1e-30, "f4")):
        for onset in detector.feed(sound):
            assert 0.0 < onset.strength <= 1.0
            assert 0.0 <= onset.sure <= 1.0


@pytest.mark.parametrize(("rate", "hop"), [(8000, 16), (16000, 32), (44100, 128), (48000, 128), (96000, 256)])
def test_hops_are_powers_of_two_of_about_three_milliseconds(rate, hop):
    assert hop_frames(rate) == hop


def test_a_file_is_heard_as_a_microphone_is(tmp_path):
    heard = strokes(pluck, TRUE_S, 44100, seed=3)
    soundfile.write(tmp_path / "a.wav", np.stack([heard, 0.5 * heard], axis=1), 44100, subtype="FLOAT")
    _, share, extra = match(np.array([t for t, *_ in onsets_of_wav(tmp_path / "a.wav")]), TRUE_S, 0.02)
    assert share == 1.0
    assert extra == 0
    (tmp_path / "b.wav").write_bytes(b"RIFF no sound")
    with pytest.raises(ValueError, match=r"b\.wav: it can't be read as sound\."):
        onsets_of_wav(tmp_path / "b.wav")


def test_what_sounds_alike_is_one_voice():
    """Two woodblocks and a guitar in one microphone, each with its own pitch, louder and softer."""
    every = np.arange(1.0, 25.0, 0.2)
    parts = [strokes(lambda rate, _, hz=hz: click(rate, hz), every[n::3], RATE, n) for n, hz in ((0, 3), (1, 11))]
    parts.append(strokes(lambda rate, _: pluck(rate, 5), every[2::3], RATE, 2))
    sound = np.zeros(max(map(len, parts)), "f4")
    for part in parts:
        sound[:len(part)] += part
    found = OnsetDetector(RATE).feed(sound + noise(len(sound), -70.0, RATE, 9))
    of = [[onset.voice for onset in found if abs(onset.frame / RATE - every[n::3]).min() < 0.03] for n in range(3)]
    count = {voice: [voices.count(voice) for voices in of] for voice in {voice for voices in of for voice in voices}}
    alike = sum(max(shares) for shares in count.values()) / sum(map(len, of))
    assert alike > 0.9  # one voice is one player; a player may have more than one
    assert len(count) <= 10
