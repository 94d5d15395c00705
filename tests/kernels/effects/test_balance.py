"""Equal voice: who is soft is heard, nobody is pulled up out of noise."""
import numpy as np
import pytest

from imm_audio.kernels.effects.balance import BALANCE, MOST_DB, balance_process, balance_reset
from imm_audio.kernels.rt import GRID, rt
from imm_audio.kernels.voices.part import BUSES

RATE = 8000.0


@rt
def _drive(balance, sound, buses, out, sides):
    """Sound in the middle, and half of it as the side."""
    for at in range(0, sound.shape[0], 16 * GRID):
        for i in range(16 * GRID):
            buses[i] = sound[at + i]
            buses[BUSES * GRID + i] = 0.5 * sound[at + i]
        balance_process(balance, buses)
        for i in range(16 * GRID):
            out[at + i] = buses[i]
            sides[at + i] = buses[BUSES * GRID + i]


def drive(balance, sound):
    """Middle and side after the balance."""
    out, sides = np.empty_like(sound), np.empty_like(sound)
    _drive(balance, sound, np.zeros(2 * BUSES * GRID, "f4"), out, sides)
    return out, sides


def levels_db(levels, amount=1.0, seconds=30.0, sounding=None):
    """Levels of the last 2 s of players that play noise at `levels` dBFS RMS, dB; and the balance."""
    balance = np.zeros(1, BALANCE)[0]
    balance_reset(balance, RATE)
    balance["amount"][:len(levels)], balance["wanted"] = amount, 1
    steps = int(seconds * RATE) // GRID
    sound = np.zeros((steps, 16, GRID), "f4")
    random = np.random.default_rng(1)
    for p, level in enumerate(levels):
        on = np.ones(steps, "f4") if sounding is None else sounding(p, np.arange(steps) * GRID / RATE)
        sound[:, p] = 10 ** (level / 20) * random.standard_normal((steps, GRID)) * np.asarray(on, "f4")[:, None]
    out, sides = drive(balance, sound.reshape(-1))
    assert np.array_equal(sides, 0.5 * out)
    last = out.reshape(sound.shape)[-int(2 * RATE) // GRID:]
    return np.array([10 * np.log10(np.mean(last[:, p] ** 2.0) + 1e-20) for p in range(len(levels))]), balance


def test_soft_and_loud_players_meet_in_the_middle():
    found, _ = levels_db((-30.0, -22.0, -26.0))
    assert np.ptp(found) < 0.5
    assert found.mean() == pytest.approx(-26.0, abs=0.3)


def test_nobody_is_moved_farther_than_is_honest():
    found, balance = levels_db((-60.0, -10.0))
    assert found - np.array([-60.0, -10.0]) == pytest.approx([MOST_DB, -MOST_DB], abs=0.2)
    assert np.abs(balance["gain_db"]).max() <= MOST_DB + 1e-5


def test_half_the_help_is_half_the_way():
    found, _ = levels_db((-30.0, -22.0), amount=0.5)
    assert np.diff(found) == pytest.approx(4.0, abs=0.3)


def test_pauses_are_no_softness():
    _, balance = levels_db((-24.0, -24.0), sounding=lambda p, t: (t % 4.0 < 1.0) if p else t >= 0)
    assert np.abs(balance["gain_db"][:2]).max() < 0.5


def test_noise_without_playing_is_not_pulled_up():
    found, balance = levels_db((-75.0, -20.0))
    assert balance["gain_db"][0] == 0.0
    assert found[0] == pytest.approx(-75.0, abs=0.2)


def test_without_help_not_a_bit_changes():
    balance = np.zeros(1, BALANCE)[0]
    balance_reset(balance, RATE)
    balance["wanted"] = 1  # somebody else was helped before
    sound = np.random.default_rng(2).standard_normal(16 * GRID * 50).astype("f4")
    out, _ = drive(balance, sound)
    assert out.tobytes() == sound.tobytes()
