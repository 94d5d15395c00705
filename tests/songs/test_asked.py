import re

import mido
import pytest

from imm_audio.kernels.engine.events import TEMPO
from imm_audio.settings import Session
from imm_audio.songs.asked import music_of
from tests.songs.replay import Replay

ABC = 'X:1\nT:Test\nM:3/4\nL:1/4\nQ:1/4=90\nK:Gdor\nD | "Gm"G3 | "C7"c2 |]\n'


@pytest.fixture
def tune(tmp_path):
    path = tmp_path / "test.abc"
    path.write_text(ABC)
    return str(path)


def test_without_a_word_nobody_can_play_a_wrong_note():
    music = music_of(Session())
    heard = Replay().feed(music.events)
    assert heard.playing == [(0, (12.0, [0, 2, 4, 7, 9]), 0, (0, 4, 7), 4.0)]
    assert heard.tune_playing == []
    assert TEMPO not in {kind for kind, *_ in music.events}


def test_a_tune_brings_everything(tune):
    music = music_of(Session(tune=tune))
    assert (music.harmony.tonic, music.harmony.mood.name) == (7, "dorian")
    assert (music.harmony.meter_beats, music.tempo_bpm) == (3.0, 90.0)
    heard = Replay().feed(music.events)
    assert [(root, tones, beats) for _, _, root, tones, beats in heard.playing] == \
        [(7, (0, 3, 7), 3.0), (0, (0, 4, 7, 10), 2.0), (7, (0, 3, 7), 1.0)]
    assert heard.tune_playing == [(62, 1.0), (67, 3.0), (72, 2.0)]
    assert (TEMPO, 0, 0, 0.0, 90.0) in music.events


def test_a_key_moves_the_tune_and_its_chords(tune):
    music = music_of(Session(tune=tune, key="A"))
    assert music.tune.notes == ((64, 1.0), (69, 3.0), (74, 2.0))
    assert [chord.root for chord in music.harmony.chords] == [9, 2, 9]
    assert (music.harmony.tonic, music.harmony.mood.name) == (9, "dorian")


def test_what_is_asked_for_beside_a_tune_wins(tune):
    music = music_of(Session(tune=tune, chords="G D", mood="blues", tempo_bpm=60.0))
    assert [(chord.root, chord.beats) for chord in music.harmony.chords] == [(7, 3.0), (2, 3.0)]
    assert (music.harmony.tonic, music.harmony.mood.name, music.tempo_bpm) == (7, "blues", 60.0)


def test_a_tune_on_the_shelf_is_found_by_its_name():
    assert music_of(Session(tune="amazing-grace")).harmony.meter_beats == 3.0


def test_chords_alone_suggest_their_key():
    harmony = music_of(Session(chords="Am F C G")).harmony
    assert (harmony.tonic, harmony.mood.name) == (9, "minor-pentatonic")


def test_a_midi_file_without_a_key_is_in_the_usual_mood(tmp_path):
    path = tmp_path / "test.mid"
    file = mido.MidiFile()
    file.tracks.append(mido.MidiTrack([mido.Message("note_on", note=60), mido.Message("note_off", note=60, time=480)]))
    file.save(path)
    harmony = music_of(Session(tune=str(path))).harmony
    assert (harmony.tonic, harmony.mood.name, harmony.chords) == (0, "pentatonic", ())


@pytest.mark.parametrize(("wish", "sentence"), [
    ({"tune": "gone.abc"}, "gone.abc: it can't be read: No such file or directory."),
    ({"tune": "amazing-grase"}, '--tune: There is no song "amazing-grase". Did you mean amazing-grace?'),
    ({"chords": "C Hm"}, '--chords: "Hm" is no chord that is known here. Did you mean Bm?'),
    ({"key": "X"}, '--key: "X" is no note to begin on'),
    ({"mood": "hapy"}, '--mood: there is no mood "hapy". Did you mean happy?'),
])
def test_what_can_not_be_had_is_one_sentence(wish, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)) as caught:
        music_of(Session(**wish))
    assert "\n" not in str(caught.value)
