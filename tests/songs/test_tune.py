import random
from fractions import Fraction
from importlib import resources

import mido
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.kernels.engine.events import TEMPO
from imm_audio.songs.abc import abc_song
from imm_audio.songs.harmony import MOST_CHORDS
from imm_audio.songs.making import section, song
from imm_audio.songs.song import ChordChange, Note
from imm_audio.songs.tune import MOST_NOTES, Tune, progression, read_tune, song_events, transposed, tune_events
from tests.songs.replay import Replay

HEAD = "X:1\nT:Test\nM:4/4\nL:1/4\nK:C\n"
THIRD = 1 / 3


@pytest.fixture
def abc(tmp_path):
    def read(text, head=HEAD):
        path = tmp_path / "test.abc"
        path.write_text(head + text + "\n")
        return read_tune(path)
    return read


def short(chords):
    return [(chord.root, chord.kind.suffix, chord.beats) for chord in chords]


# --- ABC ------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("text", "notes"), [
    ("C D E2 |]", [(60, 1), (62, 1), (64, 2)]),
    ("C D/ z/ z E |]", [(60, 1), (62, .5), (None, 1.5), (64, 1)]),
    ("|: C2 D2 :| E4 |]", [(60, 2), (62, 2), (60, 2), (62, 2), (64, 4)]),
    ("C2 | D2 :: E4 :|: F4 :|", [(60, 2), (62, 2)] * 2 + [(64, 4)] * 2 + [(65, 4)] * 2),
    ("|: C4 |1 D4 :|2 E4 |]", [(60, 4), (62, 4), (60, 4), (64, 4)]),
    ("C4- | C2 D2- | D4- | D4 |]", [(60, 6), (62, 10)]),
    ("C C- C/ C D/ D |]", [(60, 1), (60, 1.5), (60, 1), (62, .5), (62, 1)]),
    ("(3CDE (3F/G/A/ c|]", [(60, 2 * THIRD), (62, 2 * THIRD), (64, 2 * THIRD), (65, THIRD), (67, THIRD), (69, THIRD), (72, 1)]),
    ("{/B}c {AB}c2 B |]", [(72, 1), (72, 2), (71, 1)]),
    ("[CEG]2 [Ec]2 |]", [(67, 2), (72, 2)]),
    ("C>D E<F |]", [(60, 1.5), (62, .5), (64, .5), (65, 1.5)]),
    ("^C _E =F ^^G |]", [(61, 1), (63, 1), (65, 1), (69, 1)]),
])
def test_abc_is_read_as_it_sounds(abc, text, notes):
    assert list(abc(text).notes) == [(key, pytest.approx(beats)) for key, beats in notes]


def test_what_stands_above_the_notes_is_read(abc):
    tune = abc("D2 |]", "X:1\nT:Evening Song\nM:6/8\nL:1/8\nQ:3/8=40\nK:Dmix\n")
    assert (tune.title, tune.meter_beats, tune.tempo_bpm) == ("Evening Song", 3.0, 60.0)
    assert (tune.tonic, tune.scale) == (2, "mixolydian")


@pytest.mark.parametrize(("key", "tonic", "scale"), [
    ("Am", 9, "minor"), ("Bb", 10, "major"), ("F#dor", 6, "dorian"), ("Eaeo", 4, "minor"), ("Glyd", 7, "lydian")])
def test_keys_become_moods(abc, key, tonic, scale):
    tune = abc("A4 |]", f"X:1\nM:4/4\nL:1/4\nK:{key}\n")
    assert (tune.tonic, tune.scale) == (tonic, scale)


def test_a_tune_without_a_title_has_its_files(abc):
    assert abc("C4 |]", "X:1\nM:4/4\nL:1/4\nK:C\n").title == "test"


def test_a_pick_up_is_known_and_chords_follow_the_bars(abc):
    tune = abc('G | "C"c2 "G7"G2 | "Am"A2 B |]')
    assert tune.pickup_beats == 1.0
    assert tune.chords == ((None, 1.0), ("C", 2.0), ("G7", 2.0), ("Am", 3.0))
    assert short(progression(tune)) == [(0, "", 2.0), (7, "7", 2.0), (9, "m", 3.0), (0, "", 1.0)]


def test_chords_of_a_pick_up_come_round_at_the_end(abc):
    tune = abc('"G7"G | "C"c4 | "F"A4 |]')
    assert short(progression(tune)) == [(0, "", 4.0), (5, "", 4.0), (7, "7", 4.0)]  # the last bar is filled up


def test_repeats_hold_for_chords_too(abc):
    assert abc('|: "C"C4 | "Bb7"D4 :|').chords == (("C", 4.0), ("Bb7", 4.0), ("C", 4.0), ("Bb7", 4.0))


def test_where_no_chord_is_named_the_one_before_lasts_on(abc):
    tune = abc('"C"C4 | "N.C."D4 | "Dm"D4 |]')
    assert short(progression(tune)) == [(0, "", 8.0), (2, "m", 4.0)]


def test_a_tune_without_chords_has_no_progression(abc):
    assert progression(abc("C4 |]")) == []


def test_of_several_tunes_in_a_file_the_first_is_read(abc):
    assert abc("C4 |]\n\nX:2\nT:Other\nM:4/4\nL:1/4\nK:C\nD4 |]").notes == ((60, 4),)


SHIPPED = resources.files("imm_audio.sessions").joinpath("songs")
SONGS = sorted(path.name for path in SHIPPED.iterdir() if path.name.endswith(".cho"))


@pytest.mark.parametrize("name", SONGS)
def test_tunes_that_come_with_the_program_are_whole(name):
    tune = read_tune(SHIPPED.joinpath(name))
    chords = progression(tune)
    assert tune.beats / tune.meter_beats == pytest.approx(round(tune.beats / tune.meter_beats))
    assert sum(chord.beats for chord in chords) == pytest.approx(tune.beats)
    assert tune.tempo_bpm
    assert all(55 <= key <= 79 for key, _ in tune.notes if key is not None)


def test_a_tune_that_comes_with_the_program_is_known():
    grace = read_tune(SHIPPED.joinpath("amazing-grace.cho"))
    assert (grace.pickup_beats, grace.meter_beats, grace.beats) == (1.0, 3.0, pytest.approx(3 * 48.0))  # three verses
    assert grace.notes[:4] == ((62, 1), (67, 2), (71, THIRD), (69, THIRD))
    assert grace.notes[17] == (74, 5)  # tied across the bar


# --- what can't be read ---------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("data", "sentence"), [
    (b"", "test.abc: it is neither a MIDI file nor a tune in ABC notation."),
    (b"Dear Rosa", "test.abc: it is neither a MIDI file nor a tune in ABC notation."),
    (b"X:1\nK:C\n", "test.abc: there is no note in it."),
    (b"X:1\nL:1/4\nM:4/4\nK:C\nz4 |]\n", "test.abc: there is no note in it."),
    (b"X:1\nL:1/4\nM:4/4\nK:C\nA |: B4 :|2 C4 |]\n", "test.abc: its repeats don't fit together."),
    (b"MThd\0\0\0\x06\0\x01", "test.abc: it can't be read as a MIDI file."),
    (b"\xff\xfe" + bytes(32_000_000), "test.abc: it is larger than 32 MB, so it is no song."),
])
def test_what_is_no_tune_is_told_in_one_sentence(tmp_path, data, sentence):
    path = tmp_path / "test.abc"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=r"^test\.abc: ") as caught:
        read_tune(path)
    assert str(caught.value) == sentence


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ValueError, match=r"^gone\.abc: it can't be read: No such file or directory\.$"):
        read_tune(tmp_path / "gone.abc")


def test_a_tune_that_is_too_long_says_so(tmp_path):
    path = midi(tmp_path, [(n, n + 1, 60 + n % 2) for n in range(MOST_NOTES + 1)])
    with pytest.raises(ValueError, match=r"^test\.mid: it has 1025 notes with all repeats; at most 1024 are possible\.$"):
        read_tune(path)


def test_damaged_files_never_end_in_anything_but_a_sentence(tmp_path):
    whole = midi(tmp_path, [(n, n + 1, 60 + n) for n in range(20)]).read_bytes()
    path, dice = tmp_path / "damaged.mid", random.Random(3)
    for _ in range(200):
        data = bytearray(whole[:dice.randrange(14, len(whole))] if dice.random() < 0.3 else whole)
        for _ in range(dice.randrange(4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        path.write_bytes(data)
        said = ""
        try:
            read_tune(path)
        except ValueError as error:
            said = str(error)
        assert not said or (said.startswith("damaged.mid: ") and "\n" not in said)


# --- MIDI -----------------------------------------------------------------------------------------------------------
TICKS = 480


def track_of(notes, name="", channel=0, loose=lambda: 0):
    """A MIDI track of (start, stop, key) in beats; `loose` adds ticks to every time."""
    track = mido.MidiTrack()
    if name:
        track.append(mido.MetaMessage("track_name", name=name))
    moments = [(round(start * TICKS) + loose(), 1, key) for start, _, key in notes]
    moments += [(round(stop * TICKS) + loose(), 0, key) for _, stop, key in notes]
    now = 0
    for tick, on, key in sorted(moments):
        tick = max(tick, now)
        track.append(mido.Message("note_on", note=key, velocity=64 * on, channel=channel, time=tick - now))
        now = tick
    return track


def midi(folder, notes, *more, head=(), **options):
    file = mido.MidiFile(ticks_per_beat=TICKS)
    if head:
        file.tracks.append(mido.MidiTrack(head))
    file.tracks += [track_of(notes, **options), *more]
    path = folder / "test.mid"
    file.save(path)
    return path


def test_midi_is_read_as_it_sounds(tmp_path):
    notes = [(0, 1, 60), (1, 1.5, 62), (2, 2 + THIRD, 64), (2 + THIRD, 2 + 2 * THIRD, 65), (2 + 2 * THIRD, 3, 67), (3, 4, 67)]
    tune = read_tune(midi(tmp_path, notes))
    assert tune.notes == ((60, 1), (62, .5), (None, .5), (64, THIRD), (65, THIRD), (67, THIRD), (67, 1))


def test_head_of_a_midi_file(tmp_path):
    head = [mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(90)), mido.MetaMessage("key_signature", key="F#m"),
            mido.MetaMessage("time_signature", numerator=3, denominator=4)]
    tune = read_tune(midi(tmp_path, [(2, 3, 60), (3, 6, 62)], head=head))
    assert tune.tempo_bpm == pytest.approx(90.0)
    assert (tune.meter_beats, tune.tonic, tune.scale, tune.title) == (3.0, 6, "minor", "test")
    assert (tune.pickup_beats, tune.notes) == (1.0, ((60, 1), (62, 3)))


def test_times_that_are_a_little_off_are_cleaned_and_a_short_touch_is_no_rest(tmp_path):
    notes = [(0, 0.95, 60), (1, 1.95, 62), (2, 2.45, 64), (2.5, 2.95, 65), (3, 3.5, 67), (4, 5, 60)]
    dice = random.Random(5)
    tune = read_tune(midi(tmp_path, notes, loose=lambda: dice.randrange(0, 4)))
    assert tune.notes == ((60, 1), (62, 1), (64, .5), (65, .5), (67, .5), (None, .5), (60, 1))


def test_the_melody_is_the_track_that_says_so(tmp_path):
    accompaniment = track_of([(n / 4, n / 4 + .25, 84) for n in range(64)], "Piano", 1)
    tune = read_tune(midi(tmp_path, [(0, 4, 60), (4, 8, 62)], accompaniment, name="Lead Vocals"))
    assert tune.notes == ((60, 4), (62, 4))


def test_without_a_name_it_is_the_busiest_track_and_never_the_drums(tmp_path):
    drums = track_of([(n / 4, n / 4 + .25, 36) for n in range(64)], "", 9)
    bass = track_of([(0, 4, 36), (4, 8, 38)], "", 1)
    tune = read_tune(midi(tmp_path, [(0, 2, 60), (2, 4, 62), (4, 8, 64)], drums, bass))
    assert tune.notes == ((60, 2), (62, 2), (64, 4))


def test_the_highest_line_is_the_tune(tmp_path):
    melody = [(0, 2, 72), (2, 3, 74), (3, 4, 71), (4, 8, 72)]
    below = [(n, n + 1, 55 + n % 3) for n in range(8)]
    assert read_tune(midi(tmp_path, melody + below)).notes == ((72, 2), (74, 1), (71, 1), (72, 4))


def test_notes_that_overlap_a_little_are_still_one_line(tmp_path):
    assert read_tune(midi(tmp_path, [(0, 1.1, 67), (1, 2.1, 65), (2, 3, 64)])).notes == ((67, 1), (65, 1), (64, 1))


# --- both -----------------------------------------------------------------------------------------------------------
NOTES = st.lists(st.tuples(st.none() | st.integers(36, 96), st.sampled_from([1 / 4, THIRD, 1 / 2, 2 * THIRD, 1, 1.5, 2, 4])),
                 min_size=1, max_size=40)


def joined(notes):
    """Rests that follow each other are one; those at either end are left out."""
    found = []
    for key, beats in notes:
        if key is None and found and found[-1][0] is None:
            found[-1] = None, found[-1][1] + beats
        elif key is not None or found:
            found.append((key, beats))
    return found[:-1] if found and found[-1][0] is None else found


@given(notes=NOTES)
@settings(max_examples=40)
def test_any_line_of_notes_survives_a_midi_file(tmp_path_factory, notes):
    sounds, now = [], Fraction(0)
    for key, beats in notes:
        exact = Fraction(beats).limit_denominator(24)
        if key is not None:
            sounds.append((float(now), float(now + exact), key))
        now += exact
    if not sounds:
        return
    tune = read_tune(midi(tmp_path_factory.mktemp("midi"), sounds))
    assert list(tune.notes) == [(key, pytest.approx(beats)) for key, beats in joined(notes)]


@given(NOTES)
def test_events_replayed_give_the_tune_back(notes):
    assert Replay().feed(tune_events(Tune("test", tuple(notes)))).tune_playing == notes


def test_a_tune_moves_to_another_key_by_the_shortest_way():
    tune = Tune("test", ((60, 1), (None, 1), (67, 2)), (("C", 2), ("G7", 2)), tonic=0)
    up, down = transposed(tune, 2), transposed(tune, 9)
    assert (up.notes, up.chords, up.tonic) == (((62, 1), (None, 1), (69, 2)), (("D", 2), ("A7", 2)), 2)
    assert (down.notes, down.chords) == (((57, 1), (None, 1), (64, 2)), (("A", 2), ("E7", 2)))
    assert transposed(Tune("test", ((60, 1),)), 2).notes == ((60, 1),)  # nobody knows its key


def test_a_tune_at_the_end_of_the_keyboard_moves_the_other_way():
    assert transposed(Tune("test", ((127, 1), (120, 1)), tonic=0), 2).notes == ((117, 1), (110, 1))


# --- whole songs ----------------------------------------------------------------------------------------------------
def test_a_song_is_told_to_the_engine():
    found = abc_song("X:1\nM:3/4\nL:1/4\nQ:1/4=90\nK:G\nP:verse\nD | \"G\"G3 | \"D7\"A2 |]\nw:a b c\nw:d e f\n")
    events = song_events(found)
    heard = Replay().feed(events)
    assert (TEMPO, 0, 0, 0.0, 90.0) in events
    assert heard.tune_playing == [(62, 1.0), (67, 3.0), (69, 2.0)] * 2
    assert [(root, beats) for _, _, root, _, beats in heard.playing] == [
        (7, 3.0), (2, 3.0), (7, 3.0), (2, 2.0), (7, 1.0)]  # the pick-up comes round at the end
    assert heard.meter_beats == 3.0


def test_what_is_asked_for_wins_over_the_song():
    found = abc_song("X:1\nM:3/4\nL:1/4\nQ:1/4=90\nK:G\n\"G\"G3 |]\n")
    events = song_events(found, tempo_bpm=60.0, mood="blues")
    assert (TEMPO, 0, 0, 0.0, 60.0) in events


def test_more_notes_and_chords_than_the_engine_holds_are_cut_and_joined():
    notes = [Note(Fraction(n), Fraction(1), 60 + n % 12) for n in range(1400)]
    chords = [ChordChange(Fraction(n), "CFG"[n % 3]) for n in range(1400)]
    heard = Replay().feed(song_events(song("x", [section("verse", "verse", 1400, notes, chords)])))
    assert len(heard.tune_playing) == MOST_NOTES
    assert len(heard.playing) == MOST_CHORDS
    assert sum(beats for *_, beats in heard.playing) == 1400
