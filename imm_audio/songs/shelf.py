"""Where songs lie, and how a file of any kind becomes one."""
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path

from ..catalog.reading import nearest
from ..settings import own_folder
from .chordpro import read_chordpro
from .names import plain
from .song import Song
from .text import decode

CHORDPRO = (".cho", ".pro", ".crd", ".chordpro", ".chopro")
SUFFIXES = (*CHORDPRO, ".abc", ".musicxml", ".mxl", ".xml", ".mid", ".midi", ".kar", ".lrc")
#: What is known about a song stands in the first bytes of its file.
HEAD_BYTES = 3000


@dataclass(frozen=True)
class Card:
    """What a list of songs shows."""

    path: Path
    title: str
    kind: str = ""
    origin: str = ""
    year: str = ""
    style: str = ""
    language: str = ""
    key: str = ""
    tempo: str = ""
    time: str = ""

    @property
    def name(self) -> str:
        """What `find_song` finds it by."""
        return self.path.stem


def read_song(path: Path, number: int | None = None) -> Song:
    """Read a song of any kind; `number`: X: of a collection in ABC.  ValueError: one sentence with the file's name.

    What could not be read is told in `notes_left_out`, with the file's name.
    """
    path = Path(path)
    try:
        found = _read(path, number)
    except ValueError as error:
        raise ValueError(f"{path.name}: {error}") from None
    return replace(found, notes_left_out=tuple(f"{path.name}: {sentence}" for sentence in found.notes_left_out))


def _read(path: Path, number: int | None) -> Song:
    suffix, start = path.suffix.lower(), b""
    if suffix in CHORDPRO:
        return read_chordpro(path)
    # the other readers load more, and are needed seldom
    if suffix == ".lrc":
        from .lrc import read_lrc
        return read_lrc(path)
    with suppress(OSError), path.open("rb") as file:
        start = file.read(200)
    if start.startswith(b"MThd") or suffix in (".mid", ".midi", ".kar"):
        from .midi import read_midi
        return read_midi(path)
    if start.startswith(b"PK") or suffix in (".musicxml", ".mxl", ".xml"):
        from .musicxml import read_musicxml
        return read_musicxml(path)
    from .abc import read_abc
    return read_abc(path, number)


def write_song(song: Song, path: Path) -> None:
    """Write a song as ChordPro or MIDI, as the file's name says.  ValueError: one sentence."""
    suffix = path.suffix.lower()
    if suffix in CHORDPRO:
        from .chordpro_write import write_chordpro
        write_chordpro(song, path)
    elif suffix in (".mid", ".midi"):
        from .midi_write import write_midi
        write_midi(song, path)
    else:
        raise ValueError(f"{path.name}: songs are written as .cho or .mid.")


def song_folders() -> tuple[Path, ...]:
    """One's own songs first, then those that come with the program."""
    with as_file(files("imm_audio.sessions")) as folder:
        return own_folder() / "songs", folder / "songs"


def _files() -> Iterator[Path]:
    seen = set()
    for folder in song_folders():
        try:
            paths = sorted(folder.iterdir(), key=lambda path: path.name.lower())
        except OSError:
            continue
        for path in paths:
            if path.suffix.lower() in SUFFIXES and path.stem.lower() not in seen:
                seen.add(path.stem.lower())
                yield path


def find_song(name: str) -> Path:
    """A file by its path, or a song on the shelf by its file's name or its title.  ValueError with the nearest right name."""
    path = Path(name)
    if path.suffix.lower() in SUFFIXES and path.is_file():
        return path
    return find_card(name).path


def find_card(name: str) -> Card:
    """A song on the shelf by its file's name or its title; never another file.  ValueError with the nearest right name."""
    path = Path(name)
    wanted = _plain(path.stem if path.suffix.lower() in SUFFIXES else name)
    cards = list_songs()
    for name_of in (lambda card: card.name, lambda card: card.title):  # several files may have one title
        for card in cards:
            if wanted == _plain(name_of(card)):
                return card
    meant = nearest(wanted, [word for card in cards for word in (_plain(card.name), _plain(card.title))])
    hint = f" Did you mean {meant}?" if meant else " `imm-audio songs` lists those there are."
    raise ValueError(f'There is no song "{name}".{hint}')


def _plain(name: str) -> str:
    return "-".join("".join(sign if sign.isalnum() else " " for sign in name.lower().replace("'", "")).split())


def list_songs() -> list[Card]:
    """All songs on the shelf, by title; of files other than ChordPro only the name is known."""
    return sorted((_card(path) for path in _files()), key=lambda card: card.title.lower())


def _card(path: Path) -> Card:
    told: dict[str, str] = {}
    title = path.stem.replace("-", " ").replace("_", " ").capitalize()
    if path.suffix.lower() in CHORDPRO:
        try:
            with path.open("rb") as file:
                head = decode(file.read(HEAD_BYTES))
        except OSError:
            head = ""
        for line in head.splitlines():
            if line.startswith(("{start_of", "{so")):
                break
            if line.startswith("{"):
                name, _, value = line.strip().strip("{}").partition(":")
                told.setdefault(name.strip().lower().removeprefix("x_imm_"), plain(value))
    shown = ("kind", "origin", "year", "style", "language", "key", "tempo", "time")
    return Card(path, told.get("title") or told.get("t") or title, **{name: told.get(name, "") for name in shown})
