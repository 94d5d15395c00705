"""What players' pages show: every shipped instrument has few fields, and each of them sounds."""
import json
from pathlib import Path

import pytest

from imm_audio.catalog.colours import SHAPES
from imm_audio.catalog.instrument import Instrument, compile_instrument
from imm_audio.catalog.library import Library
from imm_audio.catalog.patterns import PatternSlots
from imm_audio.catalog.reading import read_toml
from imm_audio.desk.part import KINDS, part_view
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import LET_GO, NOTE_OFF, NOTE_ON, TEMPO, TOUCH
from imm_audio.kernels.music.terms import AXES, FIRST_CONTROL, MEANINGS, TARGETS
from imm_audio.songs.harmony import harmony_events, harmony_from, parse_chords
from imm_audio.songs.tune import read_tune, tune_events
from imm_audio.soundfont import general_midi, read_soundfont

ROOT = Path(__file__).resolve().parent.parent.parent
LIBRARY = Library()
INSTRUMENTS, RAINBOW = LIBRARY.instruments, LIBRARY.maps["rainbow"]
RATE = 8000  # enough to hear that something sounds


def view(stem, macros=None, language="en"):
    return part_view(INSTRUMENTS[stem], stem, RAINBOW, macros or {}, language)


def test_every_meaning_of_a_touch_has_a_layout():
    assert set(KINDS) == set(MEANINGS)


@pytest.mark.parametrize("colour_map", LIBRARY.maps.values(), ids=list(LIBRARY.maps))
@pytest.mark.parametrize("stem", sorted(INSTRUMENTS))
def test_a_part_has_few_fields_each_told_by_letter_colour_and_shape(stem, colour_map):
    found = part_view(INSTRUMENTS[stem], stem, colour_map, {})
    controls = found["controls"]
    assert 1 <= len(controls) <= 16
    assert all(1 <= hand["few"] <= 8 for hand in found["hands"])
    assert len({one["control"] for one in controls}) == len(controls)
    assert len({(one["letter"], one["control"] if found["instrument"] == "piano" else 0) for one in controls}) == len(controls)
    for one in controls:
        assert 1 <= len(one["letter"]) <= 3
        assert one["shape"] in SHAPES
        assert one["colour"] in colour_map.colours.values()
        touch = INSTRUMENTS[stem].touch[one["hand"]]
        assert touch.first <= one["control"] <= touch.last
    assert json.loads(json.dumps(found)) == found
    assert {axis["target"] for axis in found["axes"]} <= set(TARGETS) - {"nothing"}
    assert all(AXES[axis["axis"]] == axis["name"] for axis in found["axes"])
    assert all(0.0 <= macro["share"] <= 1.0 for macro in found["macros"])


@pytest.fixture(scope="module")
def engine():
    return Engine.create(Settings(RATE, sound_bank=read_soundfont(general_midi())))


@pytest.mark.parametrize("stem", sorted(INSTRUMENTS))
def test_each_field_sounds_and_those_that_lie_side_by_side_sound_different(engine, stem):
    engine.reset()
    tune = read_tune(ROOT / "sessions" / "songs" / "ode-to-joy.cho")
    for event in (*harmony_events(harmony_from(parse_chords("D", 2.0), None, None, 2.0)), *tune_events(tune),
                  (TEMPO, 0, 0, 0.0, 240.0), *compile_instrument(INSTRUMENTS[stem], 0, PatternSlots())):
        assert engine.push(*event)
    engine.process(None, RATE // 10)
    heard = {}
    for field in view(stem)["controls"]:
        engine.read_log(8192)
        assert engine.push(TOUCH, 0, 0, field["control"], 0.7)
        engine.process(None, RATE)   # a round waits for the next bar, half a second at most
        assert engine.push(LET_GO, 0, 0, field["control"], 0.0)
        engine.process(None, RATE // 10)
        heard[field["control"]] = {float(event["key"]) for event in engine.read_log(8192) if event["kind"] == NOTE_ON}
        assert heard[field["control"]], field
        if stem in ("shaker-loops", "round-choir"):  # goes round until it is touched again
            assert engine.push(TOUCH, 0, 0, field["control"], 0.7)
            engine.process(None, RATE // 10)
    if view(stem)["kind"] in ("keys", "strum", "xy"):
        # the lowest may have no note of its own: what lies below the instrument sounds an octave higher
        assert len({min(keys) for keys in heard.values()}) >= len(heard) - 1


def test_a_note_that_is_let_go_of_ends(engine):
    engine.reset()
    for event in compile_instrument(INSTRUMENTS["magic-harp"], 0, PatternSlots()):
        assert engine.push(*event)
    control = view("magic-harp")["controls"][3]["control"]
    engine.push(TOUCH, 0, 0, control, 0.7)
    engine.process(None, RATE)
    engine.push(LET_GO, 0, 0, control, 0.0)
    engine.process(None, RATE)
    log = engine.read_log(8192)
    assert [int(e["kind"]) for e in log if e["kind"] in (NOTE_ON, NOTE_OFF)] == [NOTE_ON, NOTE_OFF]


@pytest.mark.parametrize(("stem", "kind", "count"), [
    ("next-note-tune", "one", 1), ("next-chord-organ", "one", 1), ("string-carpet", "one", 1), ("ukulele", "one", 1),
    ("magic-harp", "keys", 8), ("piano", "keys", 8), ("chord-guitar", "chords", 6), ("strum-guitar", "strum", 6),
    ("drum-pads", "drums", 16), ("shaker-loops", "pads", 6), ("space-voice", "xy", 5), ("two-hands", "two", 10)])
def test_the_layout_follows_what_touches_mean(stem, kind, count):
    assert (view(stem)["kind"], len(view(stem)["controls"])) == (kind, count)


def test_letters_stand_only_where_the_note_sounds_as_written():
    piano = view("piano")["controls"]
    assert [(one["control"], one["letter"]) for one in piano] == [
        (60, "C"), (62, "D"), (64, "E"), (65, "F"), (67, "G"), (69, "A"), (71, "B"), (72, "C")]
    assert [one["letter"] for one in view("magic-harp")["controls"]] == list("12345678")


def test_drums_say_what_they_are_in_the_language_of_the_room():
    assert view("drum-pads")["controls"][0] == {
        "control": FIRST_CONTROL, "letter": "1", "colour": "#e21c48", "shape": "circle", "words": "bass drum", "hand": 0}
    assert view("drum-pads", language="de")["controls"][0]["words"] == "große Trommel"
    assert view("drum-pads")["hands"] == [{"kind": "drums", "means": "pads", "latch": False, "few": 8}]


def test_two_hands_have_chords_on_keys_and_notes_on_controls_numbered_through():
    found = view("two-hands")
    assert [hand["kind"] for hand in found["hands"]] == ["chords", "keys"]
    assert [one["letter"] for one in found["controls"]] == [str(n) for n in range(1, 11)]
    assert [one["control"] < FIRST_CONTROL for one in found["controls"]] == [one["hand"] == 0 for one in found["controls"]]


def test_knobs_stand_where_they_were_moved_else_where_they_begin():
    found = {macro["label"]: macro["share"] for macro in view("marimba", {"far": 0.25})["macros"]}
    assert found == {"bright": 0.5, "far": 0.25, "wobble": 0.0, "ring": 0.5}


OWN = """schema = 1
name = "Own"
say = "Made at home."
{pads}
[sound]
voice = "{voice}"
[[macro]]
label = "bright"
moves = "treble_db"
low = -15
high = 9
start = 0
[[macro]]
label = "far"
moves = "reverb_db"
low = -40
high = -4
start = -16
[[touch]]
{touch}
"""


@pytest.mark.parametrize(("touch", "controls"), [
    ('means = "scale"\nkeys = "C4 and above"', [60, 62, 64, 65, 67, 69, 71, 72]),
    ('means = "free"\nkeys = "C0 to G2"\nlow = "C1"', [31, 33, 35, 36, 38, 40, 41, 43]),
    ('means = "strum"\nkeys = "C2 to C5"\nsize = 6', [60]),
    ('means = "chord_button"\nkeys = "B3 and below"', [48, 53, 55, 57]),
    ('means = "arpeggio"\ncontrols = "0 to 7"', [128]),
    ('means = "magic"\ncontrols = "4 to 6"', [132, 133, 134]),
    ('means = "next_note"\nkeys = "C2 to C3"', [48]),
    ('means = "next_note"\nkeys = "C#2 to D2"', [37]),
    ('means = "scale"\nkeys = "C7 to C8"\nlow = "C3"\nhigh = "C5"', [96, 98, 100, 101, 103, 105, 107, 108]),
    ('means = "free"\nkeys = "C#2 to D2"', [38]),
    ('means = "arpeggio"\nkeys = "C3 to E3"', [52]),
])
def test_instruments_made_at_home_have_fields_where_they_can_be_touched(tmp_path, touch, controls):
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(touch=touch, voice="harp", pads=""))
    assert [one["control"] for one in part_view(read_own(path), "own", RAINBOW, {})["controls"]] == controls


def test_drums_of_a_keyboard_lie_on_its_white_keys(tmp_path):
    path = tmp_path / "own.toml"
    path.write_text(OWN.format(touch='means = "pads"\nkeys = "D3 to B3"', voice="drum kit", pads='pads = ["clap", "cowbell"]'))
    found = part_view(read_own(path), "own", RAINBOW, {})["controls"]
    assert [(one["control"], one["words"]) for one in found] == [(50, "cowbell"), (52, "clap")]


def read_own(path):
    return read_toml(path, Instrument)
