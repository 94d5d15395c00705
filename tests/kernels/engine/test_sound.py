"""What the engine makes of sounds, tunings, rooms and second voices, as events ask for them."""
import numpy as np
import pytest

from imm_audio.engine import PLAYER_ROOM_COLUMNS, Engine, Settings, microphone_columns, player_columns
from imm_audio.kernels.effects.rooms import HALL, NONE
from imm_audio.kernels.effects.strip import CHORUS_DB, ECHO_DB, HIGHPASS_HZ, PAN, RATIO, SEND_DB
from imm_audio.kernels.effects.vocal import DOUBLE, OCTAVE_DOWN, OFF
from imm_audio.kernels.engine.events import (
    EXPRESSION,
    MASTER,
    MONITOR_AGE,
    NOTE_OFF,
    NOTE_ON,
    RELEASE,
    RING,
    ROOM,
    SHARE_GAIN,
    SOFT,
    SOUND,
    STOP_HOWL,
    STRIP,
    TEMPO,
    TIMBRE,
    TUNING,
    VOCAL,
    VOLUME,
)
from imm_audio.kernels.engine.state import MICROPHONES
from imm_audio.kernels.music.tuning import TUNING_CLEAR, TUNING_GO, TUNING_KEY
from imm_audio.kernels.rt import GRID
from imm_audio.kernels.voices.bars import BARS
from imm_audio.kernels.voices.part import DRUMS, MODAL, PLUCK, SAMPLER, TONE
from imm_audio.kernels.voices.pluck import STRINGS_OF
from imm_audio.kernels.voices.standins import STAND_IN
from imm_audio.kernels.voices.tones import TONES
from tests.kernels.voices.ear import centroid_hz, cents, click_db, key_hz, partial_hz

RATE = 48000


def studio(**settings):
    """An engine without recorded sounds."""
    return Engine.create(Settings(RATE, **settings))


def say(engine, *rows):
    for kind, player, channel, key, value in rows:
        assert engine.push(kind, player, channel, key, value, frame=engine.frame)


def stem(engine, seconds, columns=None, sound_in=None):
    """Left and right of a stem, float64 (2, frames)."""
    first, frames = engine.frame, int(seconds * RATE) // GRID * GRID
    engine.process(None if sound_in is None else sound_in[:frames], frames)
    return engine.copy_stems(first, first + frames)[:, list(columns or player_columns(0))].astype("f8").T


def program(table, name):
    return next(n for n, row in enumerate(table) if row[0] == name)


def sound(engine, model, number=0):
    say(engine, (RELEASE, 0, -1, 0, 0), (SOUND, 0, 0, model, number), (VOLUME, 0, 0, 0, 1))


TUNED = ((PLUCK, program(STRINGS_OF, "harp")), (MODAL, program(BARS, "chime bars")), (TONE, program(TONES, "recorder")))


@pytest.mark.parametrize(("model", "number"), TUNED)
def test_every_model_sounds_the_pitch_that_the_tuning_gives_its_key(model, number):
    engine = studio()
    sound(engine, model, number)
    wanted = {60: 59.37, 64: 64.5, 67: 66.981}
    say(engine, (TUNING, 0, TUNING_CLEAR, 0, 0), *((TUNING, 0, TUNING_KEY, key, pitch) for key, pitch in wanted.items()),
        (TUNING, 0, TUNING_GO, 0, 0))
    for key, pitch in wanted.items():
        say(engine, (NOTE_ON, 0, 0, key, 0.8))
        heard = stem(engine, 0.8)[0][4800:]
        say(engine, (NOTE_OFF, 0, 0, key, 0))
        stem(engine, 1.0)
        assert abs(cents(partial_hz(heard, key_hz(pitch), RATE), key_hz(pitch))) < 1.0


def test_a_note_begun_in_one_tuning_ends_in_another():
    engine = studio()
    sound(engine, TONE, program(TONES, "organ"))
    say(engine, (NOTE_ON, 0, 0, 60, 0.8))
    stem(engine, 0.2)
    say(engine, (TUNING, 0, TUNING_KEY, 60, 61.0), (TUNING, 0, TUNING_GO, 0, 0), (NOTE_OFF, 0, 0, 60, 0))
    stem(engine, 3.0)
    assert engine.state["voices"] == 0


def test_drums_are_not_tuned():
    heard = []
    for pitch in (36.0, 48.0):
        engine = studio()
        sound(engine, DRUMS)
        say(engine, (TUNING, 0, TUNING_KEY, 36, pitch), (TUNING, 0, TUNING_GO, 0, 0), (NOTE_ON, 0, 0, 36, 0.8))
        heard.append(stem(engine, 0.3))
    np.testing.assert_array_equal(*heard)


@pytest.mark.parametrize("program_number", [0, 13, 24, 40, 73, 127, 128])
def test_without_recorded_sounds_a_computed_one_stands_in(program_number):
    engine = studio()
    sound(engine, SAMPLER, program_number)
    say(engine, (NOTE_ON, 0, 0, 60, 0.8))
    assert np.abs(stem(engine, 0.4)).max() > 0.01
    assert engine.state["parts"][0]["model"] == STAND_IN[program_number, 0]


def test_ring_and_soft_shape_notes_that_begin():
    tails, rises = [], []
    for ring, soft in ((0.0, 0.0), (1.0, 1.0)):
        engine = studio()
        sound(engine, MODAL, program(BARS, "chime bars"))
        say(engine, (RING, 0, 0, 0, ring), (SOFT, 0, 0, 0, soft), (NOTE_ON, 0, 0, 60, 0.8))
        heard = stem(engine, 1.5)[0]
        rises.append(centroid_hz(heard[:4800], RATE))
        tails.append(np.abs(heard[-4800:]).max() / np.abs(heard).max())
    assert tails[1] > 3 * tails[0]
    assert rises[1] < rises[0]


def test_timbre_reaches_every_model():
    for model, number in (*TUNED, (DRUMS, 0)):
        found = []
        for bright in (0.0, 1.0):
            engine = studio()
            sound(engine, model, number)
            say(engine, (TIMBRE, 0, 0, 0, bright), (NOTE_ON, 0, 0, 60 if model != DRUMS else 38, 0.7))
            found.append(centroid_hz(stem(engine, 0.3)[0], RATE))
        assert found[1] > 1.05 * found[0], (model, found)


def test_a_breath_plays_a_blown_sound():
    engine = studio()
    sound(engine, TONE, program(TONES, "recorder"))
    say(engine, (EXPRESSION, 0, 0, 0, 0.0), (NOTE_ON, 0, 0, 72, 0.8))
    assert np.abs(stem(engine, 0.3)).max() < 1e-4
    say(engine, (EXPRESSION, 0, 0, 0, 1.0))
    assert np.abs(stem(engine, 0.5)).max() > 0.05


def test_a_stolen_voice_of_each_model_leaves_no_click():
    for model, number in TUNED:
        engine = studio()
        sound(engine, model, number)
        voices = len(engine.state[{PLUCK: "pluck", MODAL: "modal", TONE: "tone"}[model]]["gate"])
        for n in range(voices):   # all of one key's neighbours, softly, and the one that will be stolen
            say(engine, (NOTE_ON, 0, 0, 40 + n % 40 + n // 40 * 0.25, 0.5))
            stem(engine, 0.002)
        before = stem(engine, 0.1)[0]
        say(engine, (NOTE_ON, 0, 0, 55.1, 0.02))
        after = stem(engine, 0.1)[0]
        assert click_db(np.concatenate([before, after]), len(before), RATE) < 3.0, model


def test_a_change_of_program_leaves_what_sounds_alone():
    engine = studio()
    sound(engine, PLUCK, program(STRINGS_OF, "harp"))
    say(engine, (NOTE_ON, 0, 0, 48, 0.8))
    before = stem(engine, 0.2)[0]
    say(engine, (SOUND, 0, 0, MODAL, 0))
    after = stem(engine, 0.1)[0]
    assert np.abs(after).max() > 0.01
    assert click_db(np.concatenate([before, after]), len(before), RATE) < 0.0


def test_bars_stand_side_by_side():
    engine = studio()
    sound(engine, MODAL, program(BARS, "marimba"))
    sides = []
    for key in (40, 80):
        say(engine, (NOTE_ON, 0, 0, key, 0.9))
        left, right = stem(engine, 0.5)
        sides.append(np.sum(left ** 2) / np.sum(right ** 2))
        stem(engine, 6.0)
    assert sides[0] > 1.1 > 0.9 > sides[1]   # as the player sees them


# --- what rings on ------------------------------------------------------------------------------------------------------
def test_a_room_is_chosen_by_its_number():
    late = {}
    for room in (NONE, HALL):
        engine = studio()
        sound(engine, DRUMS)
        say(engine, (MASTER, 0, ROOM, 0, room), (STRIP, MICROPHONES, SEND_DB, 0, 0))
        stem(engine, 1.5)   # the old room fades
        say(engine, (NOTE_ON, 0, 0, 37, 1.0))
        late[room] = np.abs(stem(engine, 0.8, PLAYER_ROOM_COLUMNS)[:, 9600:]).max()
    assert late[NONE] == 0.0
    assert late[HALL] > 1e-3


def test_an_echo_comes_back_on_the_beat_and_a_chorus_at_once():
    for parameter, delay_s in ((ECHO_DB, 0.75 * 0.5), (CHORUS_DB, 0.01)):
        engine = studio()
        sound(engine, DRUMS)
        say(engine, (TEMPO, 0, 0, 0, 120), (MASTER, 0, ROOM, 0, NONE), (STRIP, MICROPHONES, parameter, 0, 0))
        stem(engine, 0.5)
        say(engine, (NOTE_ON, 0, 0, 37, 1.0))
        heard = np.abs(stem(engine, 1.0, PLAYER_ROOM_COLUMNS)).max(axis=0)
        assert np.flatnonzero(heard > 0.2 * heard.max())[0] / RATE == pytest.approx(delay_s, abs=0.012)


# --- microphones ----------------------------------------------------------------------------------------------------------
def bare(engine, microphones):
    for m in range(microphones):
        say(engine, *((STRIP, m, parameter, 0, value) for parameter, value in (
            (PAN, -1), (RATIO, 1), (HIGHPASS_HZ, 0), (SEND_DB, -120))))


def test_open_microphones_share_their_gain_only_when_asked():
    noise = 0.01 * np.random.default_rng(1).standard_normal((2 * RATE, 8)).astype("f4")
    total = {}
    for share in (0.0, 1.0):
        engine = studio(input_channels=8, keep_microphones=True)
        bare(engine, 8)
        say(engine, (MASTER, 0, SHARE_GAIN, 0, share))
        heard = [stem(engine, 0.25, (microphone_columns(m)[0] for m in range(8)), noise[n:]) for n in range(0, RATE, RATE // 4)]
        total[share] = 10 * np.log10(np.mean(np.sum(heard[-1], axis=0) ** 2))
    assert total[0.0] - total[1.0] == pytest.approx(10 * np.log10(8), abs=1.0)


@pytest.mark.parametrize(("mode", "ratio"), [(OCTAVE_DOWN, 0.5), (DOUBLE, 2.0 ** (8 / 1200))])
def test_a_microphone_gets_a_second_voice(mode, ratio):
    engine = studio(input_channels=1, keep_microphones=True)
    bare(engine, 1)
    say(engine, (VOCAL, 0, 0, 0, mode))
    time_s = np.arange(2 * RATE) / RATE
    sung = sum(0.2 / n * np.sin(2 * np.pi * 220 * n * time_s) for n in range(1, 6))
    heard = stem(engine, 1.9, microphone_columns(0), sung[:, None].astype("f4"))[0] - sung[:int(1.9 * RATE) // GRID * GRID]
    assert abs(cents(partial_hz(heard[RATE // 2:], 220 * ratio, RATE), 220 * ratio)) < 5.0
    say(engine, (VOCAL, 0, 0, 0, OFF))
    stem(engine, 0.5, None, np.zeros((RATE, 1), "f4"))
    quiet = stem(engine, 0.5, microphone_columns(0), np.zeros((RATE, 1), "f4"))
    assert not quiet.any()


def test_two_microphones_at_once_and_no_third():
    engine = studio(input_channels=4)
    say(engine, *((VOCAL, m, 0, 0, OCTAVE_DOWN) for m in range(3)))
    engine.process(np.zeros((GRID, 4), "f4"), GRID)
    assert engine.state["faults"] == 1
    say(engine, (VOCAL, 0, 0, 0, OFF))
    engine.process(np.zeros((RATE, 4), "f4"), RATE)
    say(engine, (VOCAL, 2, 0, 0, OCTAVE_DOWN))
    engine.process(np.zeros((GRID, 4), "f4"), GRID)
    assert engine.state["faults"] == 1


def test_what_howls_is_stopped_only_when_asked():
    engine = studio(input_channels=1)
    assert engine.state["mixer"]["howl"]["on"] == 0
    say(engine, (MASTER, 0, STOP_HOWL, 0, 1.0))
    engine.process(np.zeros((GRID, 1), "f4"), GRID)
    assert engine.state["mixer"]["howl"]["on"] == 1


# --- a second pair of outputs ---------------------------------------------------------------------------------------------
def test_the_monitor_is_the_room_for_ears_of_some_age():
    heard = {}
    for age in (10.0, 80.0):
        engine = studio(output_channels=4)
        sound(engine, DRUMS)
        say(engine, (MASTER, 0, MONITOR_AGE, 0, age))
        engine.process(None, RATE)
        say(engine, (NOTE_ON, 0, 0, 42, 0.3))
        out = engine.process(None, RATE // 2)
        heard[age] = np.sum(out.astype("f8") ** 2, axis=0)
    assert heard[10.0][2] == pytest.approx(heard[10.0][0], rel=1e-3)
    assert 10 * np.log10(heard[80.0][2] / heard[80.0][0]) > 6.0   # a hi-hat: half of the loss at 4 to 8 kHz
    assert heard[80.0][0] == pytest.approx(heard[10.0][0], rel=1e-6)


def test_without_an_age_the_second_pair_is_silent():
    engine = studio(output_channels=6)
    sound(engine, DRUMS)
    say(engine, (NOTE_ON, 0, 0, 38, 1.0))
    out = engine.process(None, RATE // 4)
    assert np.abs(out[:, :2]).max() > 0.01
    assert not out[:, 2:].any()


def test_the_take_knows_how_loud_it_is():
    engine = studio()
    sound(engine, TONE, program(TONES, "organ"))
    say(engine, (NOTE_ON, 0, 0, 60, 0.8))
    engine.process(None, 4 * RATE)
    loudness = engine.state["mixer"]["loudness"]
    assert -60.0 < loudness["integrated_lufs"] < 0.0
    assert loudness["short_term_lufs"] == pytest.approx(loudness["integrated_lufs"], abs=2.0)
