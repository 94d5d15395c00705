"""Songs from standard MIDI files and karaoke files (.kar): mido reads the messages, we choose the melody, words and chords.

Damaged tracks are read as far as they are whole.  Chords stand as text on a track whose name says so, as `write_midi` has them;
without, they are guessed from what sounds.  Lyrics are lyric events, or text events as karaoke files have them: a slash or
backslash begins a line, blanks part words.
"""
import io
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

from .guessed_chords import guess_chords
from .making import MOST_BEATS, lines_by_sense, section, song
from .names import clean_chord, kind_of, parse_key, plain, section_name, usable_meter
from .scores import skyline
from .song import ChordChange, Facts, Note, Section, Song, Syllable, Words
from .text import decode, read_bytes

#: A file of more is no song.
MOST_BYTES = 1_000_000
#: Names of a track that say: here is the melody.
MELODY_NAMES = ("melod", "vocal", "voice", "sing", "lead", "tune", "solo")
DRUM_CHANNEL = 9
#: Times are rounded to this part of a beat: it holds sixteenths, triplets of eighths and of sixteenths.
PARTS_OF_A_BEAT = 24
#: Notes end a little early; a rest shorter than a 32nd note is the player's touch, not the tune's.
SHORTEST_REST_BEATS = Fraction(1, 8)
#: Text of our own files: words and sections in them mean exactly what they say.
OURS = "imm_audio song"
_LANGUAGES = {"ENGL": "en", "GERM": "de", "FREN": "fr", "SPAN": "es", "ITAL": "it", "DUTC": "nl", "PORT": "pt"}
#: Of so many words in lyric events the words are those; a few are a remark.
FEWEST_LYRICS = 3
#: A track to which so many words are sung is the melody.
WORDS_ON_NOTES = 0.6


class _Text(NamedTuple):
    """A text of the file."""

    beat: Fraction
    text: str
    kind: str
    track: str  # its name


def read_midi(path: Path) -> Song:
    """Read a MIDI or karaoke file.  ValueError: one sentence, without the file's name."""
    return midi_song(read_bytes(path, MOST_BYTES), path.stem)


def midi_song(data: bytes, name: str = "Song") -> Song:
    """Read the bytes of a MIDI file; `name` is the title where none is given.  ValueError: one sentence."""
    return _Reader(name).read(data)


# --- bytes ----------------------------------------------------------------------------------------------------------
def _number(data: bytes, at: int) -> tuple[int, int]:
    """A variable-length number and where it ends; IndexError where the bytes end."""
    value = 0
    for _ in range(4):
        byte = data[at]
        at += 1
        value = value << 7 | byte & 127
        if byte < 128:
            break
    return value, at


def _whole_length(data: bytes) -> int:
    """How far a track's bytes are whole events."""
    at = whole = status = 0
    try:
        while at < len(data):
            _, at = _number(data, at)
            if data[at] >= 128:
                status = data[at]
                at += 1
            if status == 255:
                length, end = _number(data, at + 1)
                if data[at] == 89 and data[end:end + length]:  # key: flats and sharps beyond seven would be refused
                    flats = data[end] - 256 if data[end] > 127 else data[end]
                    if length != 2 or abs(flats) > 7 or data[end + 1] > 1:
                        return whole
                at = end + length
            elif status in (240, 247):
                length, at = _number(data, at)
                at += length
            elif 128 <= status < 240:
                count = 1 if 192 <= status < 224 else 2
                if any(byte > 127 for byte in data[at:at + count]):
                    return whole
                at += count
            else:
                return whole
            if at > len(data):
                return whole
            whole = at
    except IndexError:
        pass
    return whole


def _mended(data: bytes) -> tuple[bytes, list[int]]:
    """The file with the whole events of each track only, and numbers of the tracks that were cut."""
    data = re.sub(rb"\xff\x59\x02(?![\x00-\x07\xf9-\xff][\x00\x01])..", b"\xff\x59\x02\x00\x00", data, flags=re.DOTALL)
    size = int.from_bytes(data[4:8], "big")
    found, at, cut, tracks = data[:8 + size], 8 + size, [], 0
    while at + 8 <= len(data):
        length = int.from_bytes(data[at + 4:at + 8], "big")
        if data[at:at + 4] == b"MTrk":
            track = data[at + 8:at + 8 + length]
            whole = _whole_length(track)
            tracks += 1
            if whole < length:
                cut.append(tracks)
            found += b"MTrk" + whole.to_bytes(4, "big") + track[:whole]
        at += 8 + length
    return found[:10] + tracks.to_bytes(2, "big") + found[12:], cut


class _Reader:
    def __init__(self, name: str) -> None:
        self.name = name
        self.left_out: list[str] = []
        self.texts: list[_Text] = []
        self.voices: dict[tuple[int, int], list[Note]] = {}
        self.first: dict[str, Any] = {}
        self.end = Fraction(0)  # of the first track
        self.ours = False

    # --- messages ---
    def read(self, data: bytes) -> Song:
        import mido

        if not data.startswith(b"MThd") or len(data) < 14:
            raise ValueError("it can't be read as a MIDI file.")
        data, cut = _mended(data)
        try:
            file = mido.MidiFile(file=io.BytesIO(data), clip=True)
        except Exception as error:  # mido meets wrong bytes with exceptions of all kinds
            words = " ".join(str(error).split()).rstrip(".")
            raise ValueError(f"it can't be read as a MIDI file{f': {words}.' if ' ' in words else '.'}") from None
        self.left_out += [f"track {number}: it is damaged; what stands behind the damage was left out." for number in cut]
        if file.type == 2 or file.ticks_per_beat <= 0:
            raise ValueError("its times are not counted in the beats of one song.")
        named: set[int] = set()
        for number, track in enumerate(file.tracks):
            title = decode(track.name.encode("latin-1", "replace"))
            for channel, sounds in self._sounds(track, file.ticks_per_beat, title, number).items():
                self.voices[number, channel] = sounds
            if any(word in title.lower() for word in MELODY_NAMES):
                named.add(number)
        tempi = {message.tempo for track in file.tracks for message in track if message.type == "set_tempo"}
        if len(tempi) > 1:
            self.left_out.append("Its tempo changes; the first one is used.")
        return self._song(file, named)

    def _sounds(self, track: Any, ticks_per_beat: int, title: str, number: int) -> dict[int, list[Note]]:
        """Notes of each channel but the drums'; texts go to `texts`.  A note that is not ended ends with its track."""
        found: dict[int, list[Note]] = defaultdict(list)
        held: dict[tuple[int, int], Fraction] = {}
        ticks, now = 0, Fraction(0)

        def end(place: tuple[int, int]) -> None:
            start = held.pop(place)
            found[place[0]].append(Note(start, max(now - start, Fraction(1, PARTS_OF_A_BEAT)), place[1]))

        for message in track:
            ticks += message.time
            now = Fraction(round(ticks * PARTS_OF_A_BEAT / ticks_per_beat), PARTS_OF_A_BEAT)
            if now > MOST_BEATS:
                self.left_out.append(f"track {number + 1}: what comes after {MOST_BEATS} beats was left out.")
                break
            if message.type in ("note_on", "note_off") and message.channel != DRUM_CHANNEL:
                place = message.channel, message.note
                if place in held:
                    end(place)
                if message.type == "note_on" and message.velocity > 0:
                    held[place] = now
            elif message.type in ("lyrics", "text", "marker", "cue_marker"):
                text = decode(message.text.encode("latin-1", "replace"))
                self.ours |= text == OURS
                self.texts.append(_Text(now, text, message.type, title))
            else:
                self.first.setdefault(message.type, message)
        for place in list(held):
            end(place)
        if number == 0:
            self.end = now
        return found

    # --- the song ---
    def _song(self, file: Any, named: set[int]) -> Song:
        import mido

        words = self._words()
        line = self._melody(named, words)
        chords = [ChordChange(text.beat, name) for text in self.texts if text.kind in ("cue_marker", "text")
                  and "chord" in text.track.lower() and (name := clean_chord(text.text)) is not None]
        if not line and not chords and not words:
            raise ValueError("there is no note in it.")
        meter, signature, speed = (self.first.get(kind) for kind in ("time_signature", "key_signature", "set_tempo"))
        count = (meter.numerator, meter.denominator) if meter and usable_meter(meter.numerator, meter.denominator) else (4, 4)
        bar = Fraction(4 * count[0], count[1])
        markers = [text for text in self.texts if text.kind == "marker" and (self.ours or kind_of(plain(text.text)) != "other")]
        starts = [*(note.start for note in line[:1]), *(s.start for s in words[:1]), *(change.start for change in chords[:1])]
        origin = markers[0].beat if self.ours and markers else min(starts)
        ends = [*(note.start + note.beats for note in line[-1:]), *(s.start + 1 for s in words[-1:]),
                *(change.start + 1 for change in chords[-1:])]
        end = self.end if self.ours and self.end > origin else max([origin, *ends])
        if not chords and sum(map(len, self.voices.values())) > 1.3 * len(line):
            chords = guess_chords([note for notes in self.voices.values() for note in notes], origin, end, count)
        if not any(s.ends_line for s in words):
            words = list(lines_by_sense(words, {note.start: note.beats for note in line}))
        parts = list(self._sections(markers, origin, end, line, chords, words))
        tonic, mode = (parse_key(signature.key) if signature else None) or (None, None)
        language = next((_LANGUAGES.get(text.text[2:6].upper(), "") for text in self.texts if text.text.startswith("@L")), "")
        tempo_bpm = mido.tempo2bpm(speed.tempo) if speed and speed.tempo else None
        return song(self._title(file), parts, (), self.left_out, -origin % bar, Facts(language=language), tonic=tonic,
                    mode=mode, tempo_bpm=tempo_bpm, meter=count)

    def _title(self, file: Any) -> str:
        told = next((text.text[2:] for text in self.texts if text.text.startswith("@T")), "")
        title = self.first.get("track_name")
        if not told and title and (len(file.tracks) == 1 or self.ours):
            told = decode(title.name.encode("latin-1", "replace"))
        return plain(told) or self.name

    def _melody(self, named: set[int], words: Sequence[Syllable]) -> list[Note]:
        """The one line of notes that people sing."""
        candidates = {place: sounds for place, sounds in self.voices.items() if place[0] in named}
        if not candidates and words and not named:
            sung = {s.start for s in words}
            fitting = {place: len(sung & {note.start for note in sounds}) for place, sounds in self.voices.items()}
            best = max(fitting, key=lambda place: fitting[place], default=None)
            if best is not None and fitting[best] >= WORDS_ON_NOTES * len(sung):
                candidates = {best: self.voices[best]}
        candidates = candidates or self.voices
        if self.ours:
            candidates = {place: sounds for place, sounds in self.voices.items() if place[0] == 1}
        line = list(skyline(max(candidates.values(), key=len, default=[])))
        if self.ours:
            return line
        for number, after in enumerate(line[1:]):
            note = line[number]
            if after.start - note.start - note.beats < SHORTEST_REST_BEATS:
                line[number] = note._replace(beats=after.start - note.start)
        return line

    def _words(self) -> list[Syllable]:
        """Syllables of lyric events, or of text events where there are none."""
        lyrics = [text for text in self.texts if text.kind == "lyrics"]
        if len(lyrics) < FEWEST_LYRICS and not self.ours:
            texts = [text for text in self.texts if text.kind == "text" and not text.text.startswith("@")
                     and "chord" not in text.track.lower()]
            lyrics = texts if len(texts) > max(len(lyrics), FEWEST_LYRICS) else lyrics
        lyrics = sorted(lyrics, key=lambda text: text.beat)
        blanks = self.ours or any(text.text != text.text.strip(" ") for text in lyrics)
        found: list[Syllable] = []
        for text in lyrics:
            raw = text.text
            if found and (raw[:1] in ("\\", "/") and not self.ours):
                found[-1] = found[-1]._replace(joined=False, ends_line=True)
            body = raw if self.ours else raw.lstrip("\\/")
            if found and body[:1] in (" ", "\r", "\n") and not self.ours:
                found[-1] = found[-1]._replace(joined=False, ends_line=found[-1].ends_line or body[:1] != " ")
            said = plain(body)
            ends = body[-1:] in ("\r", "\n")
            if not said:
                if found and ends:
                    found[-1] = found[-1]._replace(joined=False, ends_line=True)
                continue
            stripped = body.rstrip("\r\n")
            joined = stripped[-1:] != " " if blanks else stripped.endswith("-")
            if not self.ours and said.endswith("-") and len(said) > 1:
                said, joined = said[:-1], True
            found.append(Syllable(text.beat, said, joined, ends))
        return found

    def _sections(self, markers: Sequence[_Text], origin: Fraction, end: Fraction, line: Sequence[Note],
                  chords: Sequence[ChordChange], words: Sequence[Syllable]) -> Iterator[Section]:
        """The song cut at its markers."""
        cuts = [(max(text.beat, origin), plain(text.text)) for text in markers if text.beat < end]
        if not cuts or cuts[0][0] > origin:
            cuts.insert(0, (origin, "intro" if cuts else "verse"))
        taken: set[str] = set()
        for (start, title), stop in zip(cuts, [*(start for start, _ in cuts[1:]), end], strict=True):
            name = base = section_name(title)
            number = 2
            while name in taken:
                name, number = f"{base}-{number}", number + 1
            taken.add(name)
            here = [change._replace(start=max(change.start - start, Fraction(0))) for change in _from(chords, start, stop)]
            yield section(
                name, kind_of(title), stop - start,
                [note._replace(start=note.start - start) for note in line if start <= note.start < stop], here,
                [Words(tuple(s._replace(start=s.start - start) for s in words if start <= s.start < stop))])


def _from(chords: Sequence[ChordChange], start: Fraction, stop: Fraction) -> list[ChordChange]:
    """Chords inside a stretch, and the one that lasts into it."""
    before = [change for change in chords if change.start <= start]
    return [*before[-1:], *(change for change in chords if start < change.start < stop)]
