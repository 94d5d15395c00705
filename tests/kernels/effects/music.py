"""Music as a microphone hears it: pieces that a howl detector could take for a howl.  Seeded; float64, peak about -8 dBFS."""
import numpy as np
from scipy import signal


def _tone(hz, seconds, rate, partials=(1.0,), attack_s=0.05, release_s=0.08, vibrato_cents=0.0, glide_hz=None):
    """A tone of harmonics; `glide_hz`: where it ends."""
    t = np.arange(int(seconds * rate)) / rate
    pitch = np.full_like(t, hz) if glide_hz is None else hz * (glide_hz / hz) ** (t / seconds)
    pitch = pitch * 2.0 ** (vibrato_cents / 1200.0 * np.sin(2 * np.pi * 5.5 * t))
    phase = 2 * np.pi * np.cumsum(pitch) / rate
    x = sum(a * np.sin((n + 1) * phase) for n, a in enumerate(partials))
    edge = np.minimum(1.0, t / attack_s) * np.minimum(1.0, (seconds - t) / release_s)
    return x * np.sin(0.5 * np.pi * np.clip(edge, 0.0, 1.0)) ** 2


def _piece(rate, *notes):
    """Notes one after the other, with a microphone's hiss."""
    x = np.concatenate(notes)
    x = 0.4 * x / np.abs(x).max()
    return x + 3e-4 * np.random.default_rng(5).standard_normal(len(x))


_FLUTE = (1.0, 0.25, 0.1, 0.03)


def flute(rate, vibrato_cents=0.0):
    """Long tones, blown."""
    x = _piece(rate, *[_tone(hz, s, rate, _FLUTE, 0.09, 0.1, vibrato_cents) for hz, s in
                       ((587.3, 3.0), (880.0, 2.5), (784.0, 0.4), (740.0, 0.4), (659.3, 3.5))])
    breath = signal.sosfilt(signal.butter(2, (800, 5000), "band", fs=rate, output="sos"),
                            np.random.default_rng(6).standard_normal(len(x)))
    return x + 0.004 * breath


def flute_with_vibrato(rate):
    return flute(rate, 12.0)


def held_organ_chord(rate):
    """Eight seconds of stopped pipes: nearly pure tones."""
    return _piece(rate, sum(_tone(hz, 8.0, rate, (1.0, 0.02, 0.12, 0.0, 0.02), 0.04) for hz in (261.6, 329.6, 392.0, 523.3)))


def singing(rate):
    """Glides between vowels with many harmonics."""
    partials = tuple(1.0 / n ** 1.2 for n in range(1, 14))
    glides = ((220, 247, 1.2), (247, 247, 1.0), (247, 330, 0.8), (330, 330, 1.6), (330, 220, 1.4), (220, 220, 2.0))
    return _piece(rate, *[_tone(start, s, rate, partials, 0.06, 0.06, 25.0, end) for start, end, s in glides])


def plucked_strings(rate):
    random, x = np.random.default_rng(7), np.zeros(int(9 * rate))
    for i in range(28):
        hz, t = 110.0 * 2.0 ** (random.choice([0, 3, 5, 7, 10, 12, 15, 19, 22]) / 12), np.arange(int(2.0 * rate)) / rate
        note = sum(np.exp(-t * (1.5 + 0.9 * n)) * np.sin(2 * np.pi * n * hz * t) / n for n in range(1, 10))
        at = int(0.25 * i * rate)
        x[at:at + len(note)] += note
    return _piece(rate, x)


def bells(rate):
    """Strokes whose pure tones last for seconds."""
    random, x = np.random.default_rng(8), np.zeros(int(10 * rate))
    for i in range(6):
        hz, t = random.choice([523.3, 659.3, 784.0, 1046.5]), np.arange(int(4.0 * rate)) / rate
        note = sum(a * np.exp(-t / d) * np.sin(2 * np.pi * hz * ratio * t)
                   for ratio, a, d in ((0.5, 0.4, 4.0), (1.0, 1.0, 2.5), (1.2, 0.5, 1.5), (2.0, 0.5, 1.0), (2.76, 0.3, 0.6)))
        at = int(1.0 * i * rate)
        x[at:at + len(note)] += note
    return _piece(rate, x)


def whistling(rate):
    """Nearly pure tones, short and long, with a person's unsteadiness."""
    random, notes = np.random.default_rng(9), []
    for hz, s in ((1568, 0.3), (1760, 0.3), (1976, 0.6), (1760, 0.3), (1568, 2.5), (1319, 0.3), (1568, 0.3), (1760, 3.0)):
        n = int(s * rate)
        t = np.arange(n) / rate
        drift = signal.sosfilt(signal.butter(1, 4.0, fs=rate, output="sos"), random.standard_normal(n))
        drift = 8.0 * drift / (np.abs(drift).max() + 1e-9)
        x = np.sin(2 * np.pi * np.cumsum(hz * 2.0 ** (drift / 1200)) / rate)
        notes.append(x * np.clip(np.minimum(t / 0.03, (s - t) / 0.04), 0, 1))
    return _piece(rate, *notes)


def steady_sine(rate):
    """A synthesiser's sine from another loudspeaker, 8 s at exactly one pitch."""
    return _piece(rate, _tone(987.8, 8.0, rate, (1.0,), 0.02, 0.02))


def swelling_sine(rate):
    """A fader that moves in a straight line of dB: 20 dB a second up, held, down."""
    t = np.arange(int(6 * rate)) / rate
    level_db = np.interp(t, (0.0, 2.0, 4.0, 6.0), (-40.0, 0.0, 0.0, -40.0))
    return _piece(rate, 10.0 ** (level_db / 20.0) * np.sin(2 * np.pi * 698.5 * t))


def short_pure_notes(rate):
    """A recorder's short notes, each as long as a test of the detector could last."""
    random = np.random.default_rng(10)
    pitches = (523.3, 587.3, 659.3, 784.0, 880.0)
    return _piece(rate, *[_tone(float(random.choice(pitches)), float(s), rate, (1.0, 0.03, 0.02), 0.02, 0.03)
                          for s in random.uniform(0.2, 0.6, 24)])


PIECES = (flute, flute_with_vibrato, held_organ_chord, singing, plucked_strings, bells, whistling, steady_sine, swelling_sine,
          short_pure_notes)


def change_db(before, after, rate):
    """Largest change of any third octave from 80 Hz to 10 kHz (IEC 61260) that holds more than -50 dB of the sound."""
    hz = np.fft.rfftfreq(len(before), 1.0 / rate)
    band = np.round(10.0 * np.log10(np.maximum(hz, 1.0) / 1000.0)).astype(int) + 40
    power = [np.bincount(band, np.abs(np.fft.rfft(x)) ** 2)[29:51] for x in (before, after)]
    heard = power[0] > 1e-5 * power[0].sum()
    return np.abs(10.0 * np.log10(power[1][heard] / power[0][heard])).max()
