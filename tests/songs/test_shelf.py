import os
import random
import subprocess
import sys
from importlib import resources

import pytest

from imm_audio.songs.abc import abc_song
from imm_audio.songs.chordpro import chordpro_song
from imm_audio.songs.chordpro_write import chordpro_text
from imm_audio.songs.lrc import lrc_song
from imm_audio.songs.midi import midi_song
from imm_audio.songs.midi_write import write_midi
from imm_audio.songs.shelf import SUFFIXES, find_song, list_songs, read_song, write_song
from imm_audio.songs.text import decode
from imm_audio.songs.voices import auto_key, capo_for, hard_to_sing

CHO = """{title: Grüße an Rosa}
{x_imm_kind: hello}
{x_imm_origin: Köln}
{key: G}
{sov}
{x_imm_melody: "G"G2 A2}
Hal-lo
{eov}
"""


@pytest.fixture
def own(tmp_path, monkeypatch):
    monkeypatch.setenv("IMM_AUDIO_FOLDER", str(tmp_path))
    (tmp_path / "songs").mkdir()
    return tmp_path / "songs"


# --- the shelf ------------------------------------------------------------------------------------------------------
def test_ones_own_songs_stand_beside_the_shipped_ones(own):
    (own / "gruesse.cho").write_text(CHO, encoding="utf-8")
    (own / "twinkle.abc").write_text("X:1\nK:C\nC\n")
    (own / "notes.txt").write_text("no song")
    cards = {card.name: card for card in list_songs()}
    assert (cards["gruesse"].title, cards["gruesse"].kind, cards["gruesse"].origin) == ("Grüße an Rosa", "hello", "Köln")
    assert cards["twinkle"].path.parent == own
    assert "amazing-grace" in cards
    assert "notes" not in cards
    assert [card.title.lower() for card in cards.values()] == sorted(card.title.lower() for card in cards.values())


def test_songs_are_found_by_file_name_title_or_path(own):
    path = own / "gruesse.cho"
    path.write_text(CHO, encoding="utf-8")
    assert {find_song(name) for name in ("gruesse", "Grüße an Rosa", "gruesse.cho", str(path))} == {path}
    assert find_song("Amazing Grace").stem == "amazing-grace"
    (own / "a-copy.cho").write_text("{title: Gruesse}\n" + CHO, encoding="utf-8")
    assert find_song("gruesse") == path  # the file's own name before the title of another
    with pytest.raises(ValueError, match=r'^There is no song "amazing grase"\. Did you mean amazing-grace\?$'):
        find_song("amazing grase")


def test_what_was_left_out_names_the_file(own):
    path = own / "test.cho"
    path.write_text("[C]a [Hm]b\n")
    assert read_song(path).notes_left_out == ('test.cho: line 1: "Hm" is no chord that is known here.',)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_an_empty_file_of_any_kind_is_one_sentence(tmp_path, suffix):
    path = tmp_path / f"empty{suffix}"
    path.write_bytes(b"")
    with pytest.raises(ValueError, match=rf"^empty\{suffix}: [^\n]+\.$"):
        read_song(path)


def test_a_song_is_written_as_its_name_says(tmp_path):
    found = chordpro_song(CHO)
    for name in ("x.cho", "x.mid"):
        write_song(found, tmp_path / name)
        assert read_song(tmp_path / name).melody == found.melody
    with pytest.raises(ValueError, match=r"^x\.pdf: songs are written as \.cho or \.mid\.$"):
        write_song(found, tmp_path / "x.pdf")


def test_shipped_formats_need_no_large_library(tmp_path):
    (tmp_path / "x.cho").write_text(CHO, encoding="utf-8")
    code = ("import sys; from pathlib import Path; from imm_audio.songs.shelf import read_song, list_songs; "
            "list_songs(); read_song(Path(sys.argv[1])).form; print({'music21', 'mido', 'numba'} & set(sys.modules))")
    done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "x.cho")], capture_output=True, text=True, check=True,
                          env=os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)})
    assert done.stdout.strip() == "set()"


# --- songs that come with the program -------------------------------------------------------------------------------
SHIPPED = sorted((path for path in resources.files("imm_audio.sessions").joinpath("songs").iterdir()
                  if path.name.endswith((".cho", ".abc"))), key=lambda path: path.name)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_songs_are_whole_and_survive_both_exports(path, tmp_path):
    found = read_song(path)
    assert found.notes_left_out == ()
    assert found.off_the_bar == ()
    assert chordpro_song(chordpro_text(found)) == found
    write_midi(found, tmp_path / "song.mid")
    heard = read_song(tmp_path / "song.mid")
    assert (heard.melody, heard.chords, heard.meter) == (found.melody, found.chords, found.meter)
    assert [line.syllables for line in heard.lines()] == [line.syllables for line in found.lines()]
    assert heard.tempo_bpm == pytest.approx(found.tempo_bpm, rel=1e-5)
    for bands in ((), ("65 to 79",), ("under 5", "65 to 79")):
        fit = auto_key(found, bands)
        assert fit.fits or fit.why_not
    assert capo_for(found).chords
    assert isinstance(hard_to_sing(found), tuple)


# --- any bytes ------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252"])
def test_usual_encodings_are_read(encoding):
    assert chordpro_song(decode(CHO.encode(encoding))).title == "Grüße an Rosa"


def test_lines_of_different_hands_are_read():
    assert decode("Grüße\n".encode() + "Köln".encode("cp1252")) == "Grüße\nKöln"
    assert decode(b"\x81") == "\x81"


PIECES = [b"|:", b":|", b"[1", b'"Am"', b'"', b"(3", b"{", b"}", b"[C]", b"[", b"]", b"\xff", b"\x00", b"[00:99.9]", b"[K:Gm]",
          b"~", b"\\", b"\n\n", b"w:la-la _ *\n", b"P:B\n", b"K:\n", b"M:0/0\n", b"V:2\n", b"Q:1/4=0\n", b"L:1/0\n",
          b"%%imm order a b\n", b"{x_imm_at: 1/0}\n", b"{x_imm_melody: C9999/9 }\n", b"{soc}\n", b"{chorus}\n",
          b"{x_imm_order: verse=9}\n", b"{time: 99/4}\n"]


def damaged(dice, whole):
    data = bytearray(whole)
    for _ in range(dice.randrange(1, 6)):
        at, kind = dice.randrange(len(data) + 1), dice.random()
        if kind < 0.3:
            del data[at:at + dice.randrange(40)]
        elif kind < 0.6:
            data[at:at] = dice.choice(PIECES)
        elif kind < 0.8:
            data[at:at + 1] = bytes([dice.randrange(256)])
        else:
            start = dice.randrange(len(data) + 1)
            data[at:at] = data[start:start + dice.randrange(80)]
    return bytes(data)


ABC = (b'X:1\nT:Test\nM:3/4\nL:1/8\nQ:1/4=90\nK:G\nP:verse\nD2|:"G"G4 (3Bcd|"D7"[DB]4 A2-|A6|1 {g}G6:|2 z2 "C/E"A2 G2|]\n'
       b"w:A-ma zing grace how_ sweet\nw:two * three~four\nP:chorus\n\"C\"c6|]\nw:la\n")
LRC = b"[ti:X]\n[offset:100]\n[00:01.00]Hello <00:01.50>there my\n[00:03.20][00:09.20]friends again\n"
PLAIN = (b"{t:X}\n{soc}\nA[G]mazing [C]grace [D]how\n{eoc}\n\n[C]x | [D] y |\n{sog}\n| C . . . | G . D . |\n{eog}\n"
         b"{chorus}\nfoo\n")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    path = tmp_path_factory.mktemp("whole") / "x.mid"
    found = abc_song(ABC.decode())
    write_midi(found, path)
    data = path.read_bytes()
    return {"ours": (chordpro_text(found).encode(), lambda data: chordpro_song(decode(data))),
            "chordpro": (PLAIN, lambda data: chordpro_song(decode(data))), "lrc": (LRC, lambda data: lrc_song(decode(data))),
            "abc": (ABC, lambda data: abc_song(decode(data))), "midi": (data, midi_song),
            "others": (data.replace(b"imm_audio song", b"somebody's one"), midi_song)}


@pytest.mark.parametrize(("kind", "count"), [("ours", 150), ("chordpro", 300), ("lrc", 300), ("abc", 40), ("midi", 80),
                                             ("others", 80)])
def test_damaged_files_are_a_song_or_one_sentence(whole, kind, count):
    data, read = whole[kind]
    dice, heard = random.Random(4), 0
    for _ in range(count):
        broken, said = damaged(dice, data), ""
        try:
            found = read(broken)
        except ValueError as error:
            said = str(error)
        if said:
            assert said.endswith("."), broken
            assert "\n" not in said, broken
        else:
            heard += 1
            again = chordpro_song(chordpro_text(found))
            assert again == found, broken
            assert again.notes_left_out == (), broken
    assert heard > count / 3
