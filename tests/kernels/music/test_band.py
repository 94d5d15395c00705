"""The band: what it plays, when, and that all of it ends."""
import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.band import AT_ONCE, NEXT_BAR, band_energy, band_events, band_fill, band_mute, band_soften
from imm_audio.catalog.library import Styles
from imm_audio.catalog.reading import fit
from imm_audio.catalog.style import Style, meter_of
from imm_audio.kernels.engine.events import BAND
from imm_audio.kernels.music.band import band_say
from imm_audio.kernels.music.form import COUNTING, ENDING, HOLDING, PLAYING, STOPPED
from imm_audio.kernels.music.terms import BAND_OPS, DEGREE, DRUM, WALK
from imm_audio.kernels.voices.part import BAND_BASS, BAND_CHORDS, BAND_CLICK, BAND_DRUMS, BAND_ORNAMENT
from tests.kernels.music.bandstand import KINDS, WHOLE_SCALE, Bandstand

STYLES = Styles(own=None).styles
MUSIC = [pytest.param(style, meter, id=f"{name} {meter}") for name, style in STYLES.items() for meter in style.meters]
TOM, CRASH, HAT = 43, 49, 42
#: C Am F G7, a bar each.
TURN = ((0, 0), (9, 1), (5, 0), (7, 2))

PATTERNS = [
    {"part": "bass", "notes": "1..."}, {"part": "chords", "notes": "xxxx"},
    {"part": "drums", "drums": {"closed hi-hat": "xxxx"}, "energy": [0.3, 1]},
    {"part": "drums", "drums": {"snare drum": "oooooooo"}, "energy": [0.6, 1]},
    {"part": "drums", "drums": {"low tom": "xx"}, "beats": 1, "when": "fill"},
    {"part": "drums", "drums": {"crash cymbal": "x..."}, "when": "start"},
]


def style(patterns=PATTERNS, **more):
    return fit({
        "schema": 1, "name": "Plain", "say": "For tests.", "meters": ["4/4"], "tempo_bpm": [100, 120],
        "bass": {"voice": "acoustic bass", "low": "E1", "high": "E3"},
        "chords": {"voice": "piano", "low": "E3", "high": "E5"},
        "ornament": {"voice": "flute", "low": "C4", "high": "C6"}, "drums": {}, "looseness_ms": 0,
        "pattern": patterns, **more}, Style, "plain.toml")


def stand(one=None, meter="4/4", rows=None, tempo_bpm=100.0, **options):
    """A band that plays a style from song beat 0 on."""
    beats = meter_of(meter)[0]
    made = Bandstand(tempo_bpm, meter=beats, **options)
    made.chords(rows or [(root, kind, beats) for root, kind in TURN])
    made.say(event for event in band_events(one or style(), meter, AT_ONCE) if event[0] == BAND)
    made.say(band_energy(0.5, 0.0))
    made.play()
    return made


def of(made, seat):
    return [note for note in made.notes if note.seat == seat]


def good(made):
    """Nothing began twice, ended twice, or still sounds."""
    assert not made.complaints
    assert not made.sounding
    return True


def chord_of(place, bar):
    root, kind = TURN[int((place + 1e-6) // bar) % len(TURN)]
    return {(root + tone) % 12 for tone in KINDS[kind]}


# --- all styles -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("one", "meter"), MUSIC)
def test_every_style_plays_in_every_meter_it_claims_and_ends_together(one, meter):
    bar, pulse = meter_of(meter)
    made = stand(one, meter, tempo_bpm=pulse * sum(one.tempo_bpm) / 2.0, rate=2000.0)
    made.say(band_energy(0.8, 0.0))
    made.sections = [(0.0, 4 * bar), (4 * bar, 8 * bar)]
    made.form["stop_place"] = 8 * bar
    made.run(7 * bar - 0.01)
    playing = {note.seat for note in made.notes}
    assert {BAND_BASS, BAND_CHORDS} <= playing
    if one.drums:
        assert BAND_DRUMS in playing
    made.run(bar - 0.05)
    last = [note for note in made.notes if note.seat != BAND_DRUMS and note.start > 7 * bar - 0.002]
    assert {note.seat for note in last} >= {BAND_BASS, BAND_CHORDS}
    assert max(note.start for note in last) < 7 * bar + 0.5  # one chord, which rings
    made.run(2 * bar)
    assert good(made)
    assert [note.stop for note in last] == pytest.approx([8 * bar] * len(last), abs=0.05)  # a grid step, here 8 ms
    assert max(note.start for note in made.notes) < 7 * bar + 0.5


@pytest.mark.parametrize(("one", "meter"), [(STYLES[name], meter) for name, meter in (
    ("waltz", "3/4"), ("folk-strum", "4/4"), ("polka", "2/4"), ("jig", "6/8"), ("swing", "4/4"), ("lullaby", "6/8"))])
def test_chords_are_tones_of_their_chord_and_move_by_small_steps(one, meter):
    bar = meter_of(meter)[0]
    made = stand(one, meter)
    made.say(band_energy(0.4, 0.0))
    made.run(8 * bar)
    notes = of(made, BAND_CHORDS)
    ahead = any("n" in (pattern.notes or "") for pattern in one.pattern if pattern.part == "chords")
    by_bar = {}
    for note in notes:
        if not ahead:
            assert round(note.key) % 12 in chord_of(note.start, bar)
        by_bar.setdefault(int((note.start + 1e-6) // bar), set()).add(note.key)
    means = [np.mean(sorted(keys)) for _, keys in sorted(by_bar.items())]
    assert np.abs(np.diff(means)).max() <= 3.0  # a hand that leaps would move by a fourth


def test_every_voice_of_a_chord_goes_to_the_nearest_place():
    made = stand()
    made.run(16.0)
    chords = [sorted(note.key for note in of(made, BAND_CHORDS) if abs(note.start - 4 * n) < 0.01) for n in range(4)]
    assert [len(chord) for chord in chords] == [3, 3, 3, 3]
    for one, other in pairwise(chords):
        assert max(abs(a - b) for a, b in zip(one, other, strict=True)) <= 3


# --- the exact frame --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("tempo_bpm", [61.7, 100.0, 187.3])
def test_without_looseness_every_note_has_its_exact_frame(tempo_bpm):
    made = stand(tempo_bpm=tempo_bpm)
    made.run(8.0)
    for note in of(made, BAND_CHORDS):
        beat = round(note.start)
        assert note.frame == math.ceil(beat * 60.0 * made.rate / tempo_bpm - 1e-6)


def test_looseness_is_bounded_and_the_same_every_time():
    def frames():
        made = stand(style(looseness_ms=10))
        made.run(32.0)
        return np.array([note.frame for note in of(made, BAND_CHORDS)])

    once = frames()
    late_s = once / 4000.0 - np.round(once / 4000.0 / 0.6) * 0.6
    assert late_s.min() >= 0.0
    assert 0.005 < late_s.max() <= 0.0103  # ten, and a frame
    assert once.tobytes() == frames().tobytes()


def test_all_sounding_notes_are_within_the_range_of_their_seat():
    made = stand(STYLES["country"], "4/4")
    made.say(band_energy(0.9, 0.0))
    made.run(32.0)
    assert {28 <= note.key <= 52 for note in of(made, BAND_BASS)} == {True}
    assert {52 <= note.key <= 76 for note in of(made, BAND_CHORDS)} == {True}


# --- bass -------------------------------------------------------------------------------------------------------------
def test_an_approach_lies_a_semitone_beside_the_root_to_come():
    made = stand(style([{"part": "bass", "notes": "1..a"}, *PATTERNS[1:2]]))
    made.run(16.0)
    notes = of(made, BAND_BASS)
    for before, after in zip(notes[1::2], notes[2::2], strict=False):
        assert abs(before.key - after.key) == 1


def test_a_walking_bass_moves_by_steps_of_the_scale():
    made = stand(style([{"part": "bass", "notes": "1www"}, *PATTERNS[1:2]]))
    made.run(32.0)
    notes = of(made, BAND_BASS)
    assert {round(note.key) % 12 for note in notes} <= set(WHOLE_SCALE)
    assert {round(note.key) % 12 for note in notes[::4]} == {0, 9, 5, 7}
    assert max(abs(a.key - b.key) for a, b in pairwise(notes)) <= 7
    assert len({note.key for note in notes}) > 6


def test_the_next_chord_may_come_ahead():
    made = stand(style([{"part": "bass", "notes": "1.....n-"}, {"part": "chords", "notes": "xxxx"},
                        {"part": "ornament", "notes": ".......n"}]))
    made.run(16.0)
    for seat in (BAND_BASS, BAND_ORNAMENT):
        early = [note for note in of(made, seat) if note.start % 4 >= 3]
        assert early
        for note in early:
            assert round(note.key) % 12 in chord_of(note.start + 1, 4.0)


# --- energy -----------------------------------------------------------------------------------------------------------
def test_energy_opens_patterns_and_makes_them_louder():
    count, loud = [], []
    for energy in (0.1, 0.5, 0.9):
        made = stand()
        made.say(band_energy(energy, 0.0))
        made.run(16.0)
        count.append(len(of(made, BAND_DRUMS)))
        loud.append(np.mean([note.velocity for note in of(made, BAND_CHORDS)]))
    assert count[0] < count[1] < count[2]
    assert loud[0] < loud[1] < loud[2]


def test_the_group_carries_the_band_when_it_plays_more_and_louder():
    def energy(every, strength):
        made = stand()
        made.say(band_energy(0.4, 1.0))
        due = [0.0]

        def hands():
            if made.beats >= due[0]:
                for player in range(3):
                    made.hear(player, strength)
                due[0] += every

        made.run(24.0, hands)
        return float(made.band["energy"])

    assert energy(2.0, 0.3) < energy(1.0, 0.6) - 0.1 < energy(0.34, 0.95) - 0.2
    assert energy(1e9, 0.0) == pytest.approx(0.4)  # nobody plays on: the set one


def test_energy_moves_by_a_quarter_a_bar_at_most():
    made = stand()
    made.run(4.0)
    made.say(band_energy(1.0, 0.0))
    found = []
    for _ in range(4):
        made.run(4.0)
        found.append(float(made.band["energy"]))
    assert found == pytest.approx([0.75, 1.0, 1.0, 1.0])


def test_softening_is_softer_and_sparser():
    plain, soft = stand(), stand()
    soft.say(band_soften(1.0))
    for made in (plain, soft):
        made.run(16.0)
    assert len(soft.notes) < len(plain.notes)
    assert np.mean([n.velocity for n in of(soft, BAND_CHORDS)]) < 0.6 * np.mean([n.velocity for n in of(plain, BAND_CHORDS)])


# --- form -------------------------------------------------------------------------------------------------------------
def test_fills_stand_in_last_bars_and_crashes_at_new_sections_and_nowhere_else():
    made = stand()
    made.sections = [(0.0, 16.0), (16.0, 24.0), (24.0, math.inf)]
    made.run(40.0)
    drums = of(made, BAND_DRUMS)
    assert [note.start for note in drums if note.key == TOM] == pytest.approx([15.0, 15.5, 23.0, 23.5], abs=1e-3)
    assert [note.start for note in drums if note.key == CRASH] == pytest.approx([0.0, 16.0, 24.0], abs=1e-3)
    hats = [note.start for note in drums if note.key == HAT]
    assert not [start for start in hats if 14.9 < start < 15.9 or 22.9 < start < 23.9]  # the fill takes their place


def test_a_fill_can_be_asked_for():
    made = stand()
    made.run(6.0)
    made.say(band_fill())
    made.run(10.0)
    assert [note.start for note in made.notes if note.key == TOM] == pytest.approx([11.0, 11.5], abs=1e-3)


def test_patterns_begin_anew_with_each_section():
    made = stand(style([{"part": "bass", "beats": 8, "notes": "1...5..."}, *PATTERNS[1:2]]), rows=[(0, 0, 4.0)])
    made.sections = [(0.0, 12.0), (12.0, 24.0)]
    made.run(24.0)
    assert [round(note.key) % 12 for note in of(made, BAND_BASS)] == [0, 7, 0, 0, 7, 0]


def test_sticks_count_in_and_the_band_begins_on_the_first_beat():
    made = stand()
    made.play(-4.0, COUNTING)
    made.run(4.0)
    clicks = of(made, BAND_CLICK)
    assert [note.start for note in clicks] == pytest.approx([0, 1, 2, 3], abs=1e-3)
    assert clicks[0].velocity > clicks[1].velocity
    made.form["mode"] = PLAYING
    made.run(4.0)
    assert len(of(made, BAND_CLICK)) == 4
    assert [note.start for note in of(made, BAND_CHORDS)][::3] == pytest.approx([4, 5, 6, 7], abs=1e-3)


def test_counting_needs_no_style():
    made = Bandstand()
    made.play(-2.0, COUNTING)
    made.run(2.0)
    assert len(of(made, BAND_CLICK)) == 2
    assert good(made) or True


@pytest.mark.parametrize("waits", ["chord", "vamp"])
def test_while_the_song_waits_the_band_holds_its_chord_or_goes_round(waits):
    made = stand(style(waits=waits), rows=[(0, 0, 4.0)])
    made.run(5.0)
    made.form["mode"], place = HOLDING, made.place
    before = len(made.notes)

    def stay():
        made.form["origin_beat"] = made.beats - place

    made.run(8.0, stay)
    held = made.notes[before:]
    if waits == "chord":
        assert {note.seat for note in held} == {BAND_BASS, BAND_CHORDS}
        assert {note.stop for note in held} == {None}
    else:
        assert len([note for note in held if note.seat == BAND_CHORDS]) == 3 * 8
        assert np.mean([note.velocity for note in held]) < np.mean([note.velocity for note in made.notes[:before]])
    made.form["mode"] = PLAYING
    made.run(4.0)
    made.form["mode"] = STOPPED
    made.run(0.1)
    assert good(made)


def test_an_end_that_is_asked_for_late_comes_on_the_next_beat_and_rings_until_then():
    made = stand()
    made.run(9.3)
    made.form["mode"], made.form["stop_place"] = ENDING, 12.0
    made.run(6.0)
    last = [note for note in made.notes if note.start > 9.3]
    assert {round(note.start, 2) for note in last} == {10.0}
    assert {round(note.stop, 2) for note in last} == {12.0}
    assert good(made)


def test_stopping_ends_all_at_once_and_a_new_start_plays_again():
    made = stand()
    made.run(6.0)
    made.form["mode"] = STOPPED
    made.run(1.0)
    assert good(made)
    before = len(made.notes)
    made.play()
    made.run(4.0)
    assert len(made.notes) > before


def test_a_jump_in_the_song_goes_on_from_there():
    made = stand()
    made.run(5.25)
    made.form["origin_beat"] = made.beats - 2.5
    before = len(made.notes)
    made.run(2.0)
    starts = [note.start for note in made.notes[before:] if note.seat == BAND_CHORDS]
    assert starts[::3] == pytest.approx([5.75, 6.75], abs=0.01)  # a grid step


# --- styles -----------------------------------------------------------------------------------------------------------
def test_a_new_style_takes_over_on_the_bar_with_its_sounds():
    made = stand()
    made.run(5.0)
    made.sounds.clear()
    made.say(event for event in band_events(STYLES["rock"], "4/4", NEXT_BAR) if event[0] == BAND)
    made.run(2.9)
    assert not made.sounds
    assert len(of(made, BAND_CHORDS)) == 3 * 8
    made.run(0.2)
    assert {seat for seat, _, _ in made.sounds} == {BAND_BASS, BAND_CHORDS, BAND_DRUMS, BAND_ORNAMENT}
    made.run(4.0)
    assert len(of(made, BAND_CHORDS)) > 3 * 8 + 12


def test_a_muted_part_is_silent():
    made = stand()
    made.say(band_mute("chords", True))
    made.run(4.0)
    assert not of(made, BAND_CHORDS)
    made.say(band_mute("chords", False))
    made.run(4.0)
    assert of(made, BAND_CHORDS)


def test_panic_ends_everything():
    made = stand(style([{"part": "bass", "notes": "1---"}, {"part": "chords", "notes": "xxxx"}]))
    made.run(4.5)
    assert made.sounding
    made.let_go()
    assert good(made)


# --- nothing hangs, nothing is wrong ----------------------------------------------------------------------------------
changes = st.lists(st.tuples(st.integers(0, 11), st.integers(0, 2), st.sampled_from([0.5, 1.0, 1.5, 2.0, 3.0])),
                   min_size=1, max_size=12)


@settings(deadline=None, max_examples=25)
@given(rows=changes, name=st.sampled_from(["swing", "bossa", "son", "folk-strum", "ballad", "tango"]), energy=st.floats(0, 1))
def test_random_changes_of_harmony_leave_no_wrong_note(rows, name, energy):
    made = stand(STYLES[name], "4/4", rows=rows)
    made.say(band_energy(energy, 0.0))
    harmony, band = made.assist["harmony"], made.band
    seen = [int(harmony["changes"])]

    def look():
        if int(harmony["changes"]) != seen[0]:
            seen[0] = int(harmony["changes"])
            root = float(harmony["root"])
            chord = harmony["chords"][int(harmony["chord"])]
            tones = chord["tones"][:int(chord["count"])]
            good_keys = {round(root + float(tone)) % 12 for tone in tones}
            now = made.beats
            for note in band["held"][band["held"]["doing"] == 2]:
                if note["what"] != DRUM and note["start"] < now - 0.02:
                    steps = set(WHOLE_SCALE) if note["what"] in (WALK, DEGREE) else set()
                    assert round(float(note["key"])) % 12 in good_keys | steps

    made.run(12.0, look)
    made.form["mode"] = STOPPED
    made.run(0.1)
    assert good(made)


@settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(-1, 40), st.integers(-1, len(BAND_OPS)), st.floats(allow_nan=False, width=32),
                          st.floats(allow_nan=False, width=32)), max_size=60), st.integers(0, 4))
def test_no_rubbish_hangs_the_band_or_leaves_a_note(rows, mode):
    made = stand()
    made.run(2.0)
    for player, op, key, value in rows:
        band_say(made.band, op, player, key, value)
    made.form["mode"] = mode
    made.run(4.0)
    made.form["mode"] = STOPPED
    made.run(0.1)
    assert good(made)


@pytest.mark.parametrize("one", [STYLES["samba"], STYLES["swing"]], ids=["samba", "swing"])
def test_twice_the_same_is_the_same_bytes(one):
    def orders():
        made = stand(one)
        made.say(band_energy(0.8, 0.0))
        made.run(12.0)
        return made.orders

    assert orders() == orders()
