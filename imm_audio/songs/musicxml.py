"""Songs from MusicXML (.musicxml, .xml, and .mxl, which is zipped): music21 reads the notes of one part.

The part is the one with most words, else one whose name says that it is the melody, else the first.  Before music21 sees the
file all other parts are taken out; files that unpack to more than a score can be, and XML that defines entities, are refused.
"""
import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from .making import lines_by_sense, section, song
from .midi import MELODY_NAMES
from .names import clean_chord, language_name, plain
from .scores import Music, changes, read_music
from .song import Facts, Song, Syllable, Words
from .text import decode, read_bytes

_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
#: A packed score, an unpacked one, and files inside a packed one; notes of a part.
MOST_PACKED, MOST_XML, MOST_FILES, MOST_NOTES = 8_000_000, 16_000_000, 200, 1500


def read_musicxml(path: Path) -> Song:
    """Read a MusicXML file.  ValueError: one sentence, without the file's name."""
    return musicxml_song(read_bytes(path, MOST_XML), path.stem)


def musicxml_song(data: bytes, name: str = "Song") -> Song:
    """Read the bytes of a MusicXML file; `name` is the title where none is given.  ValueError: one sentence."""
    if data.startswith(b"PK"):
        data = _unpacked(data)
    root = _tree(data)
    if root.tag != "score-partwise":
        raise ValueError("it is no MusicXML score by parts." if root.tag != "score-timewise" else
                         "its score is written bar by bar for all parts; save it as score-partwise.")
    facts, title = _facts(root), _title(root) or name
    left_out = list(_one_part(root))
    music = _music(root)
    names = [clean_chord(_figure(symbol)) for symbol in music.symbols]
    left_out += dict.fromkeys(f'"{plain(_figure(symbol))[:20]}" is no chord that is known here.'
                              for symbol, known in zip(music.symbols, names, strict=True) if known is None)
    if not music.notes:
        raise ValueError("there is no note in it.")
    words = list(_words(music))
    return song(title, [section("verse", "verse", music.beats, music.notes, changes(music, names), words)], (), left_out,
                music.pickup_beats, facts, music.tonic, music.mode, music.tempo_bpm, music.meter)


# --- files ----------------------------------------------------------------------------------------------------------
def _unpacked(data: bytes) -> bytes:
    """The score of a zipped file."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            inside = packed.infolist()
            if len(inside) > MOST_FILES or len(data) > MOST_PACKED:
                raise ValueError("it holds more than a score can.")
            scores = [info for info in inside if info.filename.lower().endswith((".xml", ".musicxml"))
                      and not info.filename.startswith("META-INF")]
            if not scores:
                raise ValueError("there is no score in it.")
            with packed.open(scores[0]) as file:
                xml = file.read(MOST_XML + 1)  # never trusts the size that the file names
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError) as error:
        if isinstance(error, ValueError) and "score" in str(error):
            raise
        raise ValueError("it is packed in a way that can't be read.") from None
    except Exception:  # zlib, lzma and bz2 have their own
        raise ValueError("it is packed in a way that can't be read.") from None
    if len(xml) > MOST_XML:
        raise ValueError(f"it unpacks to more than {MOST_XML // 1_000_000} MB, so it is no score.")
    return xml


def _tree(data: bytes) -> ElementTree.Element:
    text = decode(data)
    if "<!ENTITY" in text.upper():
        raise ValueError("it defines entities, which a score does not need, so it was not read.")
    # the text is decoded; what it says about its encoding and where its grammar lies is taken off
    text = re.sub(r"^\s*<\?xml[^>]{0,200}\?>", "", text)
    text = re.sub(r"<!DOCTYPE[^\[>]{0,500}>", "", text, count=1)
    if "<!DOCTYPE" in text.upper():
        raise ValueError("it brings a grammar of its own, which a score does not need, so it was not read.")
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, RecursionError, ValueError) as error:
        raise ValueError(f"it is no whole XML file: {error}.") from None


def _title(root: ElementTree.Element) -> str:
    for place in ("work/work-title", "movement-title", "credit/credit-words"):
        text = plain(root.findtext(place) or "")
        if text:
            return text
    return ""


def _facts(root: ElementTree.Element) -> Facts:
    creators = {(creator.get("type") or "composer").lower(): plain(creator.text or "")
                for creator in root.findall("identification/creator")}
    language = next((lyric.get(_LANGUAGE) or "" for lyric in root.iter("lyric-language")), "")
    return Facts(creators.get("composer", ""), creators.get("lyricist", creators.get("poet", "")),
                 source=plain(root.findtext("identification/source") or ""),
                 copyright=plain(root.findtext("identification/rights") or ""), language=language_name(language))


def _one_part(root: ElementTree.Element) -> Iterator[str]:
    """Take out everything but the part that is sung; sentences about what is left out."""
    parts = root.findall("part")
    if not parts:
        raise ValueError("there is no part in it.")
    titles = {part.get("id"): (part.findtext("part-name") or "").lower() for part in root.iter("score-part")}
    sung = max(parts, key=lambda part: (sum(1 for _ in part.iter("lyric")),
                                        any(word in titles.get(part.get("id"), "") for word in MELODY_NAMES)))
    with_chords = max(parts, key=lambda part: sum(1 for _ in part.iter("harmony")))
    if next(with_chords.iter("harmony"), None) is not None and next(sung.iter("harmony"), None) is None:
        yield "Its chords stand in another part than its words and were left out."
    for part in parts:
        if part is not sung:
            root.remove(part)
    chosen = sung.get("id")
    for listed in root.findall("part-list"):
        for entry in list(listed):
            if entry.tag != "score-part" or entry.get("id") != chosen:
                listed.remove(entry)
    if sum(1 for _ in sung.iter("note")) > MOST_NOTES:
        raise ValueError(f"its part has more than {MOST_NOTES} notes.")
    if any(float(note.findtext("staff") or 1) > 1 for note in sung.iter("note") if (note.findtext("staff") or "1").isdecimal()):
        for measure in sung.iter("measure"):
            for note in [note for note in measure.findall("note") if (note.findtext("staff") or "1") != "1"]:
                measure.remove(note)


def _music(root: ElementTree.Element) -> Music:
    from music21 import converter

    xml = ElementTree.tostring(root, encoding="unicode")

    def parse() -> Any:
        score: Any = converter.parseData(xml, format="musicxml")
        return score.parts[0]

    return read_music(parse, "a score")


def _figure(symbol: Any) -> str:
    """A chord's name as people write it: music21 writes a flat as B-."""
    try:
        return re.sub(r"(^|/)([A-G])-", r"\1\2b", str(symbol.figure or ""))
    except Exception:  # music21 makes the name anew, and of chords that can't be without end
        return "?"


# --- words ----------------------------------------------------------------------------------------------------------
def _words(music: Music) -> Iterator[Words]:
    """Verses: a note that is sung several times has a line for each time, if it has as many lines; a single one serves all."""
    lyrics: list[dict[int, tuple[str, bool]]] = []
    for note in music.written:
        here = {}
        for lyric in note.lyrics:
            text = plain(lyric.text or "")
            if text:
                here[int(lyric.number)] = text, lyric.syllabic in ("begin", "middle")
        lyrics.append(here)
    verses = max((max(here) for here in lyrics if here), default=0)
    times = max((sung.time for sung in music.sung), default=0) + 1
    each_time = times > 1 and verses > 1
    for verse in range(1, (max(1, verses // times) if each_time else verses) + 1):
        syllables = []
        for sung in music.sung:
            here = lyrics[sung.number]
            number = (verse - 1) * times + sung.time + 1 if each_time else verse
            found = here.get(number) or (next(iter(here.values())) if len(here) == 1 else None)
            if found:
                text, joined = found
                syllables.append(Syllable(sung.start, text, joined))
        yield Words(lines_by_sense(syllables, {note.start: note.beats for note in music.notes}), verse)
