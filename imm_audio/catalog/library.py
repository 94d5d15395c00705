"""All instruments, colour maps and styles there are: those that came with the program, and over them people's own."""
from contextlib import suppress
from functools import lru_cache
from importlib.resources import as_file, files
from pathlib import Path

from ..settings import own_folder
from .colours import ColourMap, read_colours
from .instrument import Instrument
from .reading import BadFile, nearest, read_toml
from .style import Style

COLOURS_FILE = "colours.toml"
#: Files beside the instruments that say something else.
OTHERS = {COLOURS_FILE, "scales.toml", "chords.toml"}


def shipped_folder() -> Path:
    """Where the program's own data files lie."""
    with as_file(files("imm_audio.instruments")) as folder:
        return folder


class Library:
    """Every instrument and colour map by name; what could not be read is told in `problems` and left out."""

    def __init__(self, own: Path | None = None):
        self.instruments: dict[str, Instrument] = {}
        self.maps: dict[str, ColourMap] = {}
        self.problems: list[str] = []
        for folder in (shipped_folder(), (own or own_folder()) / "instruments"):
            self._read(folder)

    def nearest(self, word: str) -> str | None:
        """File stem of the instrument that was probably meant, by stem or by the name inside."""
        stems = {instrument.name: stem for stem, instrument in self.instruments.items()} | {s: s for s in self.instruments}
        found = nearest(word, stems)
        return stems[found] if found else None

    def _read(self, folder: Path) -> None:
        try:
            paths = sorted(folder.glob("*.toml"))
        except OSError as error:
            self.problems.append(f"{folder}: it can't be read: {error.strerror or error}.")
            return
        for path in paths:
            try:
                if path.name == COLOURS_FILE:
                    self.maps |= read_colours(path)
                elif path.name not in OTHERS:
                    self.instruments[path.stem] = read_toml(path, Instrument)
            except BadFile as bad:
                self.problems += bad.sentences


def _style_files(own: Path | None) -> list[Path]:
    """Files of styles, people's own last."""
    return [path for folder in (shipped_folder(), own or own_folder()) for path in sorted((folder / "styles").glob("*.toml"))]


class Styles:
    """Every style of the band by file stem; what could not be read is told in `problems` and left out."""

    def __init__(self, own: Path | None = None):
        self.styles: dict[str, Style] = {}
        self.problems: list[str] = []
        for path in _style_files(own):
            try:
                self.styles[path.stem] = read_toml(path, Style)
            except BadFile as bad:
                self.problems += bad.sentences

    def nearest(self, word: str) -> str | None:
        """File stem of the style that was probably meant, by stem or by the name inside."""
        stems = {style.name: stem for stem, style in self.styles.items()} | {stem: stem for stem in self.styles}
        found = nearest(word, stems)
        return stems[found] if found else None


def styles_now() -> Styles:
    """All styles as their files are now; they are read again only when one of them changed, which takes a while."""
    seen = []
    for path in _style_files(None):
        with suppress(OSError):  # gone since it was listed
            status = path.stat()
            seen.append((str(path), status.st_mtime_ns, status.st_size))
    return _styles_of(tuple(seen))


@lru_cache(maxsize=1)
def _styles_of(seen: tuple[tuple[str, int, int], ...]) -> Styles:
    return Styles()
