"""Where in the song the singers are: begun without the band, skipped, sung again, and as planned."""
import numpy as np
import pytest

from imm_audio.listening.align import Aligner, twins_of
from imm_audio.listening.mover import Mover
from imm_audio.listening.pitch import Pitch
from imm_audio.listening.singers import ANEW_S, Singers
from tests.listening.choir import Performance, follow, joined, notes_of

VERSE, BRIDGE = notes_of("twinkle", stop=16.0), notes_of("frere-jacques", stop=16.0)
CHORUS = notes_of("ode-to-joy", steps=-2, stop=16.0)
SONG = joined(VERSE, CHORUS, VERSE, BRIDGE, CHORUS)
BAR = 4.0
TEMPOS_S = (0.6, 0.5, 0.7, 0.55)


def not_begun(performance):
    """The song starts with the first move and goes on in the singers' tempo."""
    def song_at(time_s, moves):
        return performance.sung(time_s) - performance.sung(moves[-1].time_s) + moves[-1].beats if moves else None
    return song_at


def goes_on(performance, song, order):
    """The song plays its sections in this order in the singers' tempo, until it is moved."""
    starts, stops = song[1], [*song[1][1:], song[2]]
    turns = np.cumsum([0.0] + [stops[n] - starts[n] for n in order])

    def song_at(time_s, moves):
        if moves:
            return performance.sung(time_s) - performance.sung(moves[-1].time_s) + moves[-1].beats
        sung = performance.sung(time_s)
        n = int(np.clip(np.searchsorted(turns, sung + 1e-6, "right") - 1, 0, len(order) - 1))
        return starts[order[n]] + sung - turns[n]
    return song_at


@pytest.mark.parametrize(("name", "within"), [("twinkle", 8), ("ode-to-joy", 8), ("frere-jacques", 8), ("amazing-grace", 15)])
@pytest.mark.parametrize("seed", [0, 1])
def test_a_song_begun_without_the_band_is_found_within_two_bars(name, within, seed):
    """Amazing Grace begins both its halves with the same four bars: its two bars begin where they part."""
    notes, length = notes_of(name, stop=24.0)
    song = notes, [0.0], length
    sung = Performance(song, [0], TEMPOS_S[seed], seed, drift=(0.4, -0.8)[seed])
    moves = follow(sung, song, 1.0 / 0.55, not_begun(sung))
    assert len(moves) == 1
    beats, _, error = moves[0]
    assert beats <= within
    assert abs(error) < 0.75


@pytest.mark.parametrize(("order", "seed"), [([1, 2], 0), ([3, 4], 1), ([3, 4], 2)])
def test_a_song_begun_in_the_middle_is_found_within_two_bars(order, seed):
    sung = Performance(SONG, order, TEMPOS_S[seed], seed)
    moves = follow(sung, SONG, 1.0 / 0.6, not_begun(sung))
    beats, _, error = moves[0]
    assert beats <= 2 * BAR
    assert abs(error) < 0.5
    assert len(moves) == 1


@pytest.mark.parametrize("seed", [0, 1, 2, 3])
def test_sections_that_are_skipped_are_skipped_within_two_bars(seed):
    sung = Performance(SONG, [0, 3], TEMPOS_S[seed], seed)
    moves = follow(sung, SONG, 1.0 / TEMPOS_S[seed], goes_on(sung, SONG, [0, 1, 2]))
    beats, _, error = moves[0]
    assert 0.0 < beats - sung.turns[1] <= 2 * BAR
    assert abs(error) < 0.5
    assert len(moves) == 1


@pytest.mark.parametrize("seed", [0, 3])
def test_a_verse_that_is_sung_again_is_the_next_verse_with_the_same_notes(seed):
    sung = Performance(SONG, [0, 0], TEMPOS_S[seed], seed)
    moves = follow(sung, SONG, 1.0 / TEMPOS_S[seed], goes_on(sung, SONG, [0, 1]))
    beats, place, _ = moves[0]
    assert 0.0 < beats - sung.turns[1] <= 2 * BAR
    assert place == pytest.approx(32.0 + beats - 16.0, abs=0.5)


@pytest.mark.parametrize("seed", [0, 1, 3])
def test_a_song_that_is_sung_as_planned_is_left_alone(seed):
    sung = Performance(SONG, [0, 1, 2, 3], TEMPOS_S[seed], seed)
    assert follow(sung, SONG, 1.0 / TEMPOS_S[seed], goes_on(sung, SONG, [0, 1, 2, 3])) == []


# --- the model alone ------------------------------------------------------------------------------------------------
MELODY = [(0.0, 1.0, 60.0), (1.0, 1.0, 62.0), (2.0, 2.0, 64.0), (4.0, 1.0, 67.0), (5.0, 1.0, 65.0), (6.0, 2.0, 60.0)]
STEP_S = 0.02


def sung_exactly(aligner, beats_per_s, seconds, shift=0.0, silent=()):
    """The newest place after so many seconds of MELODY in tune."""
    place = None
    for n in range(int(seconds / STEP_S)):
        beats = n * STEP_S * beats_per_s
        key = next((key for start, length, key in MELODY if start <= beats < start + length), None)
        quiet = any(first <= beats < last for first, last in silent)
        place = aligner.hear_pitch(n * STEP_S, None if key is None or quiet else key + shift) or place
    return place


@pytest.mark.parametrize("shift", [0.0, 12.0, -24.0, 0.8, -0.6])
@pytest.mark.parametrize("beats_per_s", [1.5, 2.0, 2.6])
def test_any_octave_drift_and_tempo_is_followed(shift, beats_per_s):
    place = sung_exactly(Aligner(MELODY, [0.0], 8.0, 2.0), beats_per_s, 5.0 / beats_per_s, shift)
    assert place.beats == pytest.approx(5.0, abs=0.3)
    assert place.sure > 0.7


def test_a_breath_does_not_lose_the_place():
    place = sung_exactly(Aligner(MELODY, [0.0], 8.0, 2.0), 2.0, 2.5, silent=[(1.8, 2.6)])
    assert place.beats == pytest.approx(5.0, abs=0.4)


def test_nobody_has_a_place_before_the_first_note_and_belief_stays_a_belief():
    aligner = Aligner(MELODY, [0.0], 8.0, 2.0)
    assert sung_exactly(aligner, 2.0, 2.0, silent=[(0.0, 99.0)]) is None
    random = np.random.default_rng(1)
    for n in range(2000):
        key = None if random.random() < 0.3 else float(random.choice([0.0, 1e3, *random.uniform(30, 90, 5)]))
        place = aligner.hear_pitch(2.0 + n * random.choice([0.0, STEP_S, 3.0]), key, float(random.uniform(-50, 50)))
        if place:
            assert 0.0 <= place.sure <= 1.0
            assert -1.0 <= place.beats <= 9.0
            assert 0.5 < place.beats_per_s < 3.0


def test_sections_with_the_same_notes_are_twins():
    assert twins_of(*SONG) == [0, 1, 0, 3, 1]
    aligner = Aligner(*SONG, 2.0)
    assert aligner.distance(3.0, 35.0) == 0.0
    assert aligner.distance(3.0, 20.0) == 17.0
    assert aligner.next_twin(3.0, after=10.0) == 35.0
    assert aligner.next_twin(3.0, after=60.0) == 3.0


def test_a_doubt_moves_nothing():
    aligner = Aligner(MELODY, [0.0], 8.0, 2.0)
    mover = Mover(aligner)
    place = sung_exactly(aligner, 2.0, 1.0)
    looks = [mover.look(0.05 * n, place._replace(beats=0.1 * n, sure=0.9 if n % 15 else 0.4), None) for n in range(60)]
    assert looks == [None] * 60
    jumpy = [mover.look(10 + 0.05 * n, place._replace(beats=float(3 * (n // 10 % 2))), None) for n in range(60)]
    assert jumpy == [None] * 60


def test_whoever_sings_after_a_long_silence_begins_anew_and_without_a_song_nobody_is_heard():
    singers = Singers(100.0)
    assert singers.hear_pitch(Pitch(10, 60.0, 1.0, 0.1), None, 2.0) is None
    singers.learn(MELODY, [0.0], 8.0, 2.0)

    def sing(first_frame):
        for n in range(400):
            beats = n / 100 * 2.0
            key = next((key for start, length, key in MELODY if start <= beats < start + length), None)
            move = singers.hear_pitch(Pitch(first_frame + n, key, 1.0, 0.1), None, 2.0)
            if move:
                return move.beats, beats
        return None
    first = sing(0)
    for n in range(int((ANEW_S + 3.0) * 100)):
        singers.hear_pitch(Pitch(1000 + n, None, 0.0, 0.0), None, 2.0)
    second = sing(3000)
    assert first is not None
    assert second is not None
    assert first[0] == pytest.approx(first[1], abs=0.4)
    assert second[0] == pytest.approx(second[1], abs=0.4)
