"""Checks any data file: which kind it is, what is wrong with it, and whether what it names is there."""
import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from pydantic import BaseModel

from .colours import Colours
from .instrument import Instrument
from .library import Library
from .person import Person
from .reading import BadFile, fit, parse_toml, possible


def _controller() -> type[BaseModel]:
    from .controller import Controller
    return Controller


def _style() -> type[BaseModel]:
    from .style import Style
    return Style


def _scales() -> type[BaseModel]:
    from ..songs.scales import ScaleFile
    return ScaleFile


def _chords() -> type[BaseModel]:
    from ..songs.scales import ChordFile
    return ChordFile


Kind = Callable[[], type[BaseModel]]
#: Whole files of one kind, kinds by folder, and keys that only one kind has at its top.
_BY_NAME: dict[str, Kind] = {"colours.toml": lambda: Colours, "scales.toml": _scales, "chords.toml": _chords}
_BY_FOLDER: dict[str, Kind] = {"instruments": lambda: Instrument, "people": lambda: Person, "controllers": _controller,
                              "styles": _style}
_BY_KEY: dict[str, Kind] = {"nickname": lambda: Person, "age_band": lambda: Person, "map": lambda: Colours,
                            "moods": _scales, "chords": _chords, "sound": lambda: Instrument, "touch": lambda: Instrument,
                            "macro": lambda: Instrument, "match": _controller, "meters": _style}


#: Files of Scala.
TUNINGS = (".scl", ".kbm")

#: JSON schemas for editors, by file name in instruments/schema/.
SCHEMAS: dict[str, Kind] = {"instrument": lambda: Instrument, "person": lambda: Person, "colours": lambda: Colours,
                            "controller": _controller, "scales": _scales, "chords": _chords,
                            "style": _style}


def data_files(paths: Iterable[Path]) -> list[Path]:
    """The files, and for folders the TOML files and tunings below them."""
    return [file for path in paths for file in (sorted(_inside(path)) if path.is_dir() else [path])]


def _inside(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.suffix.lower() in (".toml", *TUNINGS))


def check_file(path: Path, library: Library) -> list[str]:
    """Sentences on what is wrong with a data file; none when it is right."""
    try:
        if path.suffix.lower() in TUNINGS:
            _read_tuning(path)
            return []
        table = parse_toml(path)
        found = fit(table, _kind(path, table)(), path.name)
    except BadFile as bad:
        return bad.sentences
    return list(_absent(found, path.name, library))


def _read_tuning(path: Path) -> None:
    from ..tunings.scala import read_mapping
    from ..tunings.shelf import read_tuning

    if path.suffix.lower() == ".kbm":
        read_mapping(path)
    else:
        read_tuning(path)


def write_schemas(folder: Path) -> list[Path]:
    """Write JSON schemas, with which editors complete and check data files."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, kind in SCHEMAS.items():
        paths.append(folder / f"{name}.json")
        paths[-1].write_text(schema_text(kind()), encoding="utf-8", newline="\n")
    return paths


def schema_text(model: type[BaseModel]) -> str:
    """JSON schema of a model as it is written to its file."""
    return json.dumps(model.model_json_schema(), indent=1, ensure_ascii=False) + "\n"


def _kind(path: Path, table: dict) -> Kind:
    """Which kind of file this is: by its name, by what it says, by its folder."""
    if path.name in _BY_NAME:
        return _BY_NAME[path.name]
    folder = path.resolve().parent.name
    if folder in _BY_FOLDER:
        return _BY_FOLDER[folder]
    for key, kind in _BY_KEY.items():
        if key in table:
            return kind
    raise BadFile([f"{path.name}: what is it for? Put it into a folder named {', '.join(_BY_FOLDER)}."])


def _absent(found: BaseModel, name: str, library: Library) -> Iterator[str]:
    """What a person's or controller's file names that is not there."""
    instrument, colours = getattr(found, "instrument", None), getattr(found, "colours", None)
    if isinstance(instrument, str) and instrument not in library.instruments:
        meant = library.nearest(instrument)
        yield (f'{name}: instrument is "{instrument}"; there is no such instrument.'
               + (f" Did you mean {meant}?" if meant else ""))
    if isinstance(colours, str) and colours not in library.maps:
        yield f'{name}: colours is "{colours}"; {possible(colours, list(library.maps))}'
