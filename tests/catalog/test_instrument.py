import pytest

from imm_audio.catalog.help import USUAL, Help, compile_help
from imm_audio.catalog.instrument import Instrument, compile_instrument, compile_macro
from imm_audio.catalog.library import Library
from imm_audio.catalog.patterns import PatternSlots
from imm_audio.catalog.reading import BadFile, fit, read_toml
from imm_audio.catalog.voices import DRUM_KEYS, DRUM_NAMES, VOICES
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.effects.strip import GAIN_DB, HIGH_DB, SEND_DB
from imm_audio.kernels.engine.events import ASSIST, PATTERN, RELEASE, SOUND, STRIP, TIMBRE
from imm_audio.kernels.music import terms
from imm_audio.kernels.music.terms import AXES, BEGIN, MEANINGS
from imm_audio.kernels.voices.drums import HIGHEST_KEY, KIT, LOWEST_KEY

LIBRARY = Library()
#: Drums that somebody with an old person's ears can't hear: all of their energy is above 2 kHz.
THIN = {name for name in DRUM_NAMES if any(word in name for word in (
    "hi-hat", "cymbal", "crash", "ride", "tambourine", "cabasa", "maracas", "triangle", "vibraslap", "guiro"))}

HARP = {
    "schema": 1, "name": "Harp", "say": "Touch it.",
    "sound": {"voice": "harp"},
    "macro": [{"label": "bright", "moves": "treble_db", "low": -12, "high": 12, "start": 0},
              {"label": "far", "moves": "reverb_db", "low": -40, "high": 0, "start": -16}],
    "touch": [{"means": "magic"}],
}


def harp(**other):
    return fit(HARP | other, Instrument, "harp.toml")


def assist(events):
    """(parameter, number) -> value of the ASSIST events."""
    return {(parameter, int(key)): value for kind, _, parameter, key, value in events if kind == ASSIST}


@pytest.mark.parametrize("stem", sorted(LIBRARY.instruments))
def test_the_engine_understands_every_event_of_a_shipped_instrument(stem):
    engine = Engine.create(Settings())
    events = compile_instrument(LIBRARY.instruments[stem], 15, PatternSlots())
    for event in events:
        assert engine.push(*event)
    engine.process(None, 1024)
    assert int(engine.state["faults"]) == 0
    assert int(engine.state["applied"]) == len(events)


def test_there_are_at_least_24_instruments_and_together_they_use_every_meaning():
    assert len(LIBRARY.instruments) >= 24
    assert {touch.means for instrument in LIBRARY.instruments.values() for touch in instrument.touch} == set(MEANINGS)


@pytest.mark.parametrize("stem", sorted(LIBRARY.instruments))
def test_a_child_can_read_what_stands_on_a_shipped_instrument(stem):
    instrument = LIBRARY.instruments[stem]
    assert all(len(macro.label) <= 8 for macro in instrument.macro)
    assert all(len(word) <= 14 for word in [*instrument.pads, *(pattern.name for pattern in instrument.pattern)])
    assert len(instrument.say) <= 60
    assert instrument.say.endswith(".")
    assert instrument.family


@pytest.mark.parametrize("stem", sorted(LIBRARY.instruments))
def test_no_rhythm_is_only_hiss_that_old_ears_miss(stem):
    instrument = LIBRARY.instruments[stem]
    for pattern in instrument.pattern:
        assert {step for step, _, _ in pattern.notes} - THIN
    assert not instrument.pads or set(instrument.pads[:2]) - THIN


@pytest.mark.parametrize("stem", sorted(LIBRARY.instruments))
def test_what_a_shipped_instrument_sounds_lies_where_old_ears_hear(stem):
    instrument = LIBRARY.instruments[stem]
    values = assist(compile_instrument(instrument, 0, PatternSlots()))
    for zone in range(len(instrument.touch)):
        low, high = values[terms.LOW, zone], values[terms.HIGH, zone]
        assert instrument.family == "bass" or high >= 72  # reaches well above 300 Hz
        assert low <= 72                                   # and is not all above 500 Hz


def test_what_was_held_goes_first_and_help_comes_last():
    events = compile_instrument(harp(), 3, PatternSlots())
    assert events[:2] == [(ASSIST, 3, terms.CLEAR, 0, 0), (RELEASE, 3, -1, 0, 0)]
    assert events[-len(compile_help(USUAL, 3)):] == compile_help(USUAL, 3)
    assert all(event[1] == (19 if event[0] == STRIP else 3) for event in events if event[0] != PATTERN)


def test_one_sound_is_on_every_channel_but_that_of_midi_drums_so_that_each_finger_may_have_its_own():
    events = compile_instrument(harp(), 0, PatternSlots())
    assert {event[2] for event in events if event[0] == SOUND} == set(range(16)) - {9}
    assert {event[3:] for event in events if event[0] == SOUND} == {VOICES["harp"]}
    assert assist(events)[terms.CHANNEL, 0] == -1


def test_two_hands_have_two_sounds_and_two_ranges():
    events = compile_instrument(LIBRARY.instruments["two-hands"], 0, PatternSlots())
    assert [event[2:] for event in events if event[0] == SOUND] == [(0, *VOICES["nylon guitar"]), (1, *VOICES["vibraphone"])]
    values = assist(events)
    assert (values[terms.FIRST, 0], values[terms.LAST, 0], values[terms.CHANNEL, 0]) == (0, 59, 0)
    assert (values[terms.FIRST, 1], values[terms.LAST, 1], values[terms.CHANNEL, 1]) == (60, 191, 1)


def test_a_touch_without_a_range_covers_all_keys_and_controls():
    values = assist(compile_instrument(harp(), 0, PatternSlots()))
    assert (values[terms.FIRST, 0], values[terms.LAST, 0]) == (0, terms.FIRST_CONTROL + terms.CONTROLS - 1)


def test_control_0_sounds_near_middle_c_or_as_near_as_the_range_allows():
    for low, high, base in (("C2", "C7", 60), ("C5", "C7", 72), ("C1", "C3", 48)):
        values = assist(compile_instrument(harp(touch=[{"means": "scale", "low": low, "high": high}]), 0, PatternSlots()))
        assert values[terms.BASE, 0] == base


@pytest.mark.parametrize(("words", "first", "last"), [
    ({"keys": "C2 to B3"}, 36, 59), ({"keys": "Bb3 and above"}, 58, 127), ({"keys": "f#3 and below"}, 0, 54),
    ({"controls": "0 to 7"}, 128, 135), ({"controls": "8 and above"}, 136, 191), ({"controls": "3"}, 131, 131),
])
def test_ranges_are_written_in_words(words, first, last):
    values = assist(compile_instrument(harp(touch=[{"means": "free", **words}]), 0, PatternSlots()))
    assert (values[terms.FIRST, 0], values[terms.LAST, 0]) == (first, last)


def test_a_grid_larger_than_the_list_of_pads_repeats_the_list():
    drums = {"sound": {"voice": "drum kit"}, "touch": [{"means": "pads"}], "pads": ["bass drum", "cowbell"]}
    values = assist(compile_instrument(harp(**drums), 0, PatternSlots()))
    assert [values[terms.PAD, pad] for pad in range(32)] == [36, 56] * 16


def test_axes_carry_target_and_amount():
    values = assist(compile_instrument(harp(axes={"breath": "expression", "tilt_x": "strum", "tilt_x_amount": -0.5}), 0,
                                       PatternSlots()))
    assert values[terms.AXIS_TARGET, terms.BREATH] == terms.TO_EXPRESSION
    assert values[terms.AXIS_AMOUNT, terms.BREATH] == 1
    assert values[terms.AXIS_TARGET, terms.TILT_X] == terms.TO_STRUM
    assert values[terms.AXIS_AMOUNT, terms.TILT_X] == -0.5


def test_every_axis_of_the_engine_can_be_written():
    assert {f"{axis}{more}" for axis in AXES for more in ("", "_amount")} == set(type(harp().axes).model_fields)


def test_volume_and_reverb_are_relative_to_the_strips_start_and_nothing_of_the_instrument_before_is_left():
    loud = harp(sound={"voice": "harp", "volume_db": 2})
    strip = {event[2]: event[4] for event in compile_instrument(loud, 0, PatternSlots()) if event[0] == STRIP}
    assert strip[GAIN_DB] == -4
    assert strip[SEND_DB] == -16
    assert strip[HIGH_DB] == 0


def test_a_macro_moves_between_its_ends_and_not_beyond():
    treble, far = harp().macro
    assert compile_macro(harp(), treble, 0.25, 2) == [(STRIP, 18, HIGH_DB, 0, -6)]
    assert compile_macro(harp(), far, 7, 2) == [(STRIP, 18, SEND_DB, 0, 0)]


def test_a_macro_of_the_sound_reaches_every_channel_that_sounds():
    soft = {"label": "soft", "moves": "timbre", "low": 1, "high": 0, "start": 0.5}
    organ = harp(sound={"voice": "organ"}, macro=[soft, HARP["macro"][1]])
    events = compile_macro(organ, organ.macro[0], 0.25, 0)
    assert {event[2] for event in events} == set(range(16)) - {9}
    assert {(event[0], event[4]) for event in events} == {(TIMBRE, 0.75)}


def test_help_is_told_in_the_engines_units_and_only_what_is_said():
    events = compile_help(Help(pitch=50, guard_ms=80, octave=-1), 4)
    assert events == [(ASSIST, 4, terms.PITCH_HELP, 0, 0.5), (ASSIST, 4, terms.GUARD_S, 0, 0.08),
                      (ASSIST, 4, terms.OCTAVE, 0, -1)]
    values = assist(compile_instrument(harp(help={"timing": 75}), 0, PatternSlots()))
    assert (values[terms.TIMING_HELP, 0], values[terms.PITCH_HELP, 0], values[terms.EQUAL_VOICE, 0]) == (0.75, 1, 0.5)


def test_drum_names_are_the_rows_of_the_kit():
    assert list(DRUM_KEYS.values()) == list(range(LOWEST_KEY, HIGHEST_KEY + 1))
    for name, row in zip(DRUM_NAMES, KIT, strict=True):
        plain = row[0].removesuffix(" 2")
        assert set(plain.split()) & set(name.split()) or plain in name, (name, row[0])


LOOP = {"sound": {"voice": "drum kit"}, "touch": [{"means": "loop", "patterns": ["walk"]}],
        "pattern": [{"name": "walk", "length_beats": 2, "notes": [["low conga", 0, 100], ["cowbell", 1, 80]]}]}


def test_a_pattern_is_written_to_its_slot_in_order_of_time():
    backwards = {**LOOP["pattern"][0], "notes": LOOP["pattern"][0]["notes"][::-1]}
    events = compile_instrument(harp(**LOOP | {"pattern": [backwards]}), 0, PatternSlots())
    assert [event for event in events if event[0] == PATTERN] == [
        (PATTERN, 0, 0, BEGIN, 2), (PATTERN, 100, 0, 64, 0), (PATTERN, 80, 0, 56, 1)]
    assert assist(events)[terms.ABSOLUTE, 0] == 1
    assert assist(events)[terms.SIZE, 0] == 1


def macro(**other):
    return {"macro": [HARP["macro"][0] | other, HARP["macro"][1]]}


def touch(**other):
    return {"touch": [{"means": "magic"} | other]}


@pytest.mark.parametrize(("other", "sentence"), [
    ({"sound": {"voice": "harb"}}, "Did you mean harp?"),
    (touch(means="majic"), 'touch 1, means is "majic"; possible are '),
    (touch(keys="C9 to C2"), 'touch 1, keys is "C9 to C2"; the lower key comes first.'),
    (touch(keys="H2"), 'touch 1, keys is "H2"; write keys like "C2 to B3", "C4 and above" or "B3 and below".'),
    (touch(low="H2"), 'touch 1, low is "H2"; write a note like C4, F#3 or Bb2, from C-1 to G9.'),
    (touch(low="B9"), 'touch 1, low is "B9"; write a note like C4, F#3 or Bb2, from C-1 to G9.'),
    (touch(controls="0 to 64"), 'touch 1, controls is "0 to 64"; controls go from 0 to 63, the lower one first.'),
    (touch(controls="all"), 'touch 1, controls is "all"; write controls like "0 to 7", "8 and above" or "3".'),
    (touch(keys="C4 to B4", controls="0 to 7"), "touch 1: keys and controls must meet"),
    (touch(low="C4", high="E4"), "touch 1: low C4 and high E4 must be an octave apart or more."),
    (touch(base="C8"), "touch 1: base C8 must lie between low C2 and high C7."),
    (touch(patterns=["walk"]), 'touch 1: patterns are for "loop" and "phrase", this touch means "magic".'),
    (touch(means="loop"), 'touch 1: means is "loop", so it needs patterns.'),
    (touch(means="loop", patterns=["walk"]), 'touch 1: there is no pattern "walk".'),
    (touch(means="pads"), 'touch 1: means is "pads", so the file needs a list of pads.'),
    (touch(means="pads") | {"pads": ["cowbell"]}, 'touch 1: means is "pads", so the voice must be drum kit, not harp.'),
    ({"pads": ["cowbell"]}, 'there are pads, but no touch means "pads".'),
    ({"pads": ["cow bell"]}, "Did you mean cowbell?"),
    ({"touch": [{"means": "free", "keys": "C2 to C4"}, {"means": "magic", "keys": "C4 and above"}]},
     "touch 1 and touch 2 have keys or controls in common."),
    ({"touch": [{"means": "free"}] * 5}, "touch has 5 entries; 1 to 4 are possible."),
    ({"macro": HARP["macro"][:1]}, "macro has 1 entries; 2 to 4 are possible."),
    (macro(label="Very bright"), 'macro 1, label is "Very bright"; one short word in small letters, for a child to read.'),
    (macro(moves="trebble_db"), "Did you mean treble_db?"),
    (macro(high=30), "macro bright: high is 30; -24 to 24 are possible for treble_db."),
    (macro(start=13), "macro bright: start is 13; it must lie between low and high."),
    (macro(label="far"), "two macros have the name far."),
    (macro(moves="reverb_db", low=-9, high=0), "two macros move reverb_db."),
    ({"sound": {"voice": "harp", "reverb_db": -9}}, "sound.reverb_db and a macro both set the reverb"),
    ({"axes": {"breth": "expression"}}, 'there is no key "breth" in axes. Did you mean breath?'),
    ({"axes": {"breath": "expresion"}}, "Did you mean expression?"),
    ({"axes": {"knob_amount": 0.5}}, "axes.knob_amount is there, but axes.knob is not."),
    ({"help": {"pitch": 140}}, "help.pitch is 140; 0 to 100 are possible."),
    ({"help": {"octave": 1.5}}, "help.octave is 1.5; a whole number is needed."),
    (LOOP | {"sound": {"voice": "harp"}}, "touch 1: its patterns must be made of steps, because the voice is harp."),
    (LOOP | {"touch": [{"means": "loop", "patterns": ["wolk"]}]},
     'there is no pattern "wolk"; possible are walk. Did you mean walk?'),
    (LOOP | {"touch": [{"means": "free"}]}, "no touch uses the pattern walk."),
    (LOOP | {"pattern": LOOP["pattern"] * 2}, "two patterns have the name walk."),
    (LOOP | {"pattern": [{"name": "walk", "length_beats": 1, "notes": [["cowbell", 1, 80]]}]},
     "pattern walk: a note starts at 1 beats, but the pattern is 1 beats long."),
    (LOOP | {"pattern": [{"name": "walk", "length_beats": 2, "notes": [["cowbell", 0, 80], [3, 1, 80]]}]},
     "pattern walk: its notes are all steps or all drums, not both."),
    (LOOP | {"pattern": [{"name": "walk", "length_beats": 2, "notes": [["cowbel", 0, 80]]}]}, "Did you mean cowbell?"),
    (LOOP | {"pattern": [{"name": "walk", "length_beats": 2, "notes": [["cowbell", 0]]}]},
     "a note is three things: step or drum, start in beats, loudness 1 to 127."),
    (LOOP | {"pattern": [{"name": "walk", "length_beats": 2, "notes": [["cowbell", 0, 200]]}]}, "1 to 127 are possible."),
    (LOOP | {"pattern": [{"name": "walk", "length_beats": 2, "notes": [["cowbell", b / 20, 80] for b in range(33)]}]},
     "pattern 1, notes has 33 entries; 1 to 32 are possible."),
])
def test_a_wrong_instrument_is_told_in_one_sentence(other, sentence):
    with pytest.raises(BadFile) as bad:
        harp(**other)
    assert len(bad.value.sentences) == 1
    assert bad.value.sentences[0].startswith("harp.toml: ")
    assert sentence in bad.value.sentences[0]


def test_a_new_instrument_needs_no_code(tmp_path):
    path = tmp_path / "wind-chime.toml"
    path.write_text("""
schema = 1
name = "Wind chime"
say = "Tilt it and listen."

[sound]
voice = "tubular bells"

[[touch]]
means = "strum"
low = "C5"
high = "C7"
size = 8

[[macro]]
label = "bright"
moves = "treble_db"
low = -12
high = 6
start = 0

[[macro]]
label = "far"
moves = "reverb_db"
low = -30
high = -6
start = -10

[axes]
tilt_x = "strum"
""")
    values = assist(compile_instrument(read_toml(path, Instrument), 0, PatternSlots()))
    assert values[terms.MEANING, 0] == terms.STRUM
    assert values[terms.SIZE, 0] == 8
