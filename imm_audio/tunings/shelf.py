"""Every tuning there is: those that came with the program, and over them people's own, in the folder tunings/."""
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ..catalog.library import shipped_folder
from ..catalog.reading import BadFile, nearest
from ..settings import own_folder
from .scala import A4_HZ, PLAIN, Mapping, Scale, read_mapping, read_scale, table

FOLDER = "tunings"
#: Twelve equal steps: what there is when nobody chooses.
EQUAL = "equal"
#: What a scale's comment says when its first note moves to where the song begins and ends.
_WITH_SONG = "key of the song"


@dataclass(frozen=True)
class Tuning:
    """A scale and how it lies on the keys."""

    stem: str
    name: str
    say: str
    scale: Scale
    mapping: Mapping = PLAIN
    moves: bool = False     # the first note is the key of the song; else it stays where the mapping has it

    def table(self, a4_hz: float = A4_HZ, home: float = 0.0) -> np.ndarray:
        """Pitch of each key 0 .. 127 [MIDI keys]; `home`: key of the song, 0 .. 11.99, C = 0."""
        return table(self.scale, self.mapping, a4_hz, round(home) % 12 if self.moves else 0)


def read_tuning(path: Path) -> Tuning:
    """Read a .scl file with its mapping: the one its comments name, else the one of the same name, else none.

    BadFile with one sentence.
    """
    path = Path(path)
    scale, mapping = read_scale(path), PLAIN
    if keys := scale.words.get("keys", ""):
        if Path(keys).name != keys or not keys.lower().endswith(".kbm"):
            raise BadFile([f'{path.name}: keys is "{keys[:40]}"; the name of a .kbm file in the same folder is possible.'])
        mapping = read_mapping(path.parent / keys)
    elif (beside := path.with_suffix(".kbm")).is_file():
        mapping = read_mapping(beside)
    found = Tuning(path.stem, scale.name, scale.words.get("say", ""), scale, mapping,
                   scale.words.get("home", "").lower() == _WITH_SONG)
    try:
        found.table()
    except ValueError as error:
        raise BadFile([f"{path.name}: {error}"]) from None
    return found


def tunings_now() -> tuple[dict[str, Tuning], list[str]]:
    """All tunings by the stems of their files, and sentences about those that can't be used."""
    found: dict[str, Tuning] = {}
    problems: list[str] = []
    for stem, path in sorted(_paths().items()):
        try:
            found[stem] = read_tuning(path)
        except BadFile as bad:
            problems += bad.sentences
    return found, problems


def find_tuning(wish: str) -> Tuning:
    """A tuning by its name, or a .scl file.  ValueError: one sentence."""
    paths = _paths()
    if wish in paths:
        return read_tuning(paths[wish])
    if wish.lower().endswith(".scl"):
        return read_tuning(Path(wish))
    found, _ = tunings_now()
    by_name = {tuning.name.lower(): tuning for tuning in found.values()}
    by_name |= {stem.lower(): tuning for stem, tuning in found.items()}
    if wish.lower() in by_name:
        return by_name[wish.lower()]
    meant = nearest(wish, by_name)
    raise ValueError(f'There is no tuning "{wish[:80]}".' + (f" Did you mean {by_name[meant].stem}?" if meant else
                                                            " imm-audio tunings lists them."))


def _paths() -> dict[str, Path]:
    """Files by stem, people's own last."""
    return {path.stem: path for folder in (shipped_folder(), own_folder()) for path in sorted((folder / FOLDER).glob("*.scl"))}
