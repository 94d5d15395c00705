"""Styles of the band as data: what they may say, what is told when they are wrong, and whether the beat can be heard."""
from fractions import Fraction

import numpy as np
import pytest

from imm_audio.band import band_events
from imm_audio.catalog.library import Styles
from imm_audio.catalog.reading import BadFile, fit
from imm_audio.catalog.style import CUE_DRUMS, SLOWEST_PULSE_S, Style, meter_of
from imm_audio.catalog.voices import DRUM_KEYS
from imm_audio.kernels.engine.events import BAND, NOTE_ON
from imm_audio.kernels.music.terms import (
    BAND_NOTE,
    BAND_NOTES,
    BAND_PATTERN,
    BAND_PATTERNS,
    BAND_SHAPE,
    DRUM,
    TONE,
    WHOLE_CHORD,
)
from imm_audio.kernels.voices.part import BAND_DRUMS
from tests.kernels.engine.studio import engine, play, push, stem

STYLES = Styles(own=None).styles
MUSIC = [pytest.param(style, meter, id=f"{name} {meter}") for name, style in STYLES.items() for meter in style.meters]
PLAIN = {
    "schema": 1, "name": "Plain", "say": "For tests.", "meters": ["4/4"], "tempo_bpm": [100, 120],
    "bass": {"voice": "acoustic bass", "low": "E1", "high": "E3"},
    "chords": {"voice": "piano", "low": "E3", "high": "E5"}, "drums": {},
    "pattern": [{"part": "bass", "notes": "1-5-"}, {"part": "chords", "notes": "xxxx"},
                {"part": "drums", "drums": {"bass drum": "x..o", "snare drum": "..X."}}],
}


def style(**more):
    return fit({**PLAIN, **more}, Style, "plain.toml")


def pattern(**more):
    """The plain style, with one pattern more."""
    return {"pattern": [*PLAIN["pattern"], more]}


def test_there_are_styles_for_all_usual_meters():
    assert len(STYLES) >= 16
    assert Styles(own=None).problems == []
    for meter in ("2/4", "3/4", "4/4", "6/8"):
        assert sum(meter in one.meters for one in STYLES.values()) >= 3


@pytest.mark.parametrize(("one", "meter"), MUSIC)
def test_at_any_usual_tempo_and_energy_ears_hear_a_beat_every_600_ms(one, meter):
    bar, pulse = meter_of(meter)
    for energy in np.linspace(0.0, 1.0, 11):
        heard = np.array(sorted(float(beat) for beat in one.cues(meter, float(energy)) if beat < 8 * bar))
        gaps = np.diff(np.append(heard, heard[0] + 8 * bar)) / pulse
        assert 60.0 / one.tempo_bpm[0] * gaps.max() <= SLOWEST_PULSE_S + 1e-9, energy
    for tempo_bpm in np.linspace(*one.tempo_bpm, 3):
        assert one.slow_pulse(meter, 0.5, float(tempo_bpm)) is None


def test_each_drum_that_counts_as_a_cue_has_its_sound_where_old_ears_hear():
    rate = 8000
    for name in sorted(CUE_DRUMS):
        made = engine()
        push(made, [(0, NOTE_ON, BAND_DRUMS, 0, DRUM_KEYS[name], 0.8)])
        play(made, None, rate // 2)
        power = np.abs(np.fft.rfft(stem(made, BAND_DRUMS, rate // 2)[:, 0])) ** 2
        hz = np.fft.rfftfreq(rate // 2, 1 / rate)
        assert power[(hz >= 300) & (hz <= 2000)].sum() > 0.3 * power.sum(), name


def test_signs_become_notes_of_the_length_they_are_written_with():
    found = style().pattern[0].hits(4.0, 1.0)
    assert [(hit.start, hit.what, hit.number, hit.length) for hit in found] == [
        (0.0, TONE, 0, 0.95 * 2.0), (2.0, TONE, 2, 0.95 * 2.0)]
    drums = style().pattern[2].hits(4.0, 1.0)
    assert [(hit.start, hit.number, hit.velocity) for hit in drums] == [
        (0.0, DRUM_KEYS["bass drum"], 0.75), (2.0, DRUM_KEYS["snare drum"], 1.0), (3.0, DRUM_KEYS["bass drum"], 0.35)]
    assert {hit.what for hit in drums} == {DRUM}


def test_swing_moves_the_second_of_two_and_leaves_beats_alone():
    one = style(swing=0.64)
    assert [one.swung(start) for start in (0.0, 0.5, 1.0, 1.5)] == pytest.approx([0.0, 0.64, 1.0, 1.64])
    assert style().swung(0.5) == 0.5


@pytest.mark.parametrize(("words", "beats", "pulse"), [
    ("4/4", 4.0, 1.0), ("3/4", 3.0, 1.0), ("6/8", 3.0, 1.5), ("12/8", 6.0, 1.5), ("7/8", 3.5, 0.5), ("2/2", 4.0, 2.0)])
def test_meters_in_quarters(words, beats, pulse):
    assert meter_of(words) == (beats, pulse)


def test_a_style_without_a_last_chord_gets_one():
    whens = [(one.part, one.when, one.notes) for one in style().patterns("4/4")]
    assert ("bass", "end", "1") in whens
    assert ("chords", "end", "x") in whens


@pytest.mark.parametrize(("more", "sentence"), [
    ({"meters": ["4/5"]}, 'meters 1 is "4/5"; write a meter like "4/4", "3/4" or "6/8".'),
    ({"tempo_bpm": [120, 100]}, "tempo_bpm is 120 to 100; the slower one comes first."),
    ({"bass": None}, "pattern 1 is for bass, but there is no table [bass]."),
    ({"chords": {**PLAIN["chords"], "high": "F3"}}, "chords: low E3 and high F3 must be an octave apart or more."),
    (pattern(part="bass", notes="1x"), 'pattern 4: notes: "x" means nothing there; possible are 1 3 5 8 a w n . and -'),
    (pattern(part="chords"), 'pattern 4: chords needs one row, "notes" or "scale".'),
    (pattern(part="drums", notes="x"),
     "pattern 4: drums need a table [pattern.drums] with a row for each drum, and nothing else."),
    (pattern(part="chords", notes="x", beats=3), "pattern 4: 3 beats are neither whole bars of 4/4 nor an even share of one."),
    (pattern(part="chords", notes="xx", steps=2), "pattern 4: notes has 2 signs; 2 a beat for 4 beats are 8."),
    (pattern(part="drums", drums={"bass drum": "x"}, when="fill", beats=8),
     "pattern 4: a fill is at most a bar long; this one has 8 beats, a bar of 4/4 4."),
    (pattern(part="chords", notes="x", energy=[0.5, 0.5]), "pattern 4: energy is 0.5 to 0.5; the lower one comes first."),
    ({"tempo_bpm": [60, 120]}, "in 4/4 at 60 a minute and energy 0 nothing is heard at beat 0.5; chords, ornament or a drum "
                               "like the wood block must sound at least every 600 ms."),
    ({"bass": {**PLAIN["bass"], "voice": "drum kit"}}, "bass: the voice can't be drum kit; that is for the part drums."),
])
def test_mistakes_are_told_in_one_sentence(more, sentence):
    with pytest.raises(BadFile) as told:
        style(**more)
    assert f"plain.toml: {sentence}" in told.value.sentences


def test_a_hi_hat_alone_is_no_beat():
    with pytest.raises(BadFile, match="nothing is heard"):
        style(pattern=[{"part": "drums", "drums": {"closed hi-hat": "xxxx"}}])


def test_energy_opens_patterns_and_the_pulse_is_looked_for_in_each_range():
    with pytest.raises(BadFile, match=r"energy 0\.8"):
        style(pattern=[{"part": "chords", "notes": "xxxx", "energy": [0, 0.6]}, {"part": "bass", "notes": "1"}])
    assert Fraction(1) in style().cues("4/4", 1.0)


@pytest.mark.parametrize(("one", "meter"), MUSIC)
def test_events_are_within_what_the_engine_holds(one, meter):
    events = band_events(one, meter)
    assert {event[0] for event in events} <= {BAND, 13}
    assert sum(event[2] == BAND_NOTE for event in events if event[0] == BAND) <= BAND_NOTES
    assert sum(event[2] == BAND_PATTERN for event in events if event[0] == BAND) <= BAND_PATTERNS
    assert len(events) < 1500  # the ring holds 2048
    assert all(0 < event[3] <= 1 and event[4] > 0 for event in events if event[0] == BAND and event[2] == BAND_SHAPE)
    assert any(event[1] == WHOLE_CHORD for event in events if event[0] == BAND and event[2] == BAND_NOTE)


def test_a_style_of_another_meter_is_refused():
    with pytest.raises(ValueError, match=r'The style "Plain" is for 4/4; the song is in 3/4\.'):
        band_events(style(), "3/4")


def test_own_styles_come_over_the_shipped_ones_and_problems_are_told(tmp_path):
    (tmp_path / "styles").mkdir()
    (tmp_path / "styles" / "waltz.toml").write_text("schema = 1\n")
    found = Styles(tmp_path)
    assert found.styles["waltz"].name == "Waltz"
    assert "waltz.toml: name is missing." in found.problems
    assert found.nearest("walz") == "waltz"
