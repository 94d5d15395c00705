import numpy as np
import pytest

from imm_audio.backing.stretch import Stretcher
from tests.backing.recordings import sine

RATE = 48000


def stretched(sound, speed, seconds):
    stretcher, pieces, position, taken = Stretcher(RATE), [], 0.0, 0
    for _ in range(int(seconds * 100)):
        position += speed * 480
        end = round(position) + stretcher.input_frames
        pieces.append(stretcher.process(sound[:, taken:end], 480))
        taken = end
    return np.concatenate(pieces, axis=1)


@pytest.mark.parametrize("speed", [0.7, 1.0, 1.3])
def test_pitch_stays_within_a_tenth_of_a_cent(speed):
    heard = stretched(sine(440.0, 6.0, RATE), speed, 4.0)[0, RATE:]
    spectrum = abs(np.fft.rfft(heard * np.hanning(len(heard)), 1 << 20))
    peak = int(spectrum.argmax())
    a, b, c = np.log(spectrum[peak - 1:peak + 2])
    hz = (peak + 0.5 * (a - c) / (a - 2 * b + c)) * RATE / (1 << 20)
    assert 1200 * np.log2(hz / 440.0) == pytest.approx(0.0, abs=0.1)


def test_at_its_own_speed_sound_comes_back_as_it_was():
    stretcher, noise = Stretcher(RATE), np.random.default_rng(2).uniform(-0.5, 0.5, (2, RATE)).astype("f4")
    heard = np.concatenate([stretcher.process(noise[:, n:n + 480], 480) for n in range(0, RATE, 480)], axis=1)
    late = stretcher.input_frames + stretcher.output_frames
    assert heard[:, late + 4800:] == pytest.approx(noise[:, 4800:RATE - late], abs=1e-4)


def test_the_same_bytes_every_time():
    sound = sine(300.0, 1.0, RATE)
    assert np.array_equal(stretched(sound, 0.8, 1.0), stretched(sound, 0.8, 1.0))


def test_without_input_it_holds_what_sounds():
    stretcher, sound = Stretcher(RATE), sine(440.0, 2.0, RATE)
    for n in range(0, RATE, 480):
        stretcher.process(sound[:, n:n + 480], 480)
    held = np.concatenate([stretcher.process(sound[:, :0], 480) for _ in range(100)], axis=1)
    assert np.sqrt((held[0, -9600:] ** 2).mean()) > 0.05   # before: 0.21
