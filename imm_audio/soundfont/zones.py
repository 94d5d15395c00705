"""Adds up presets and instruments: what is left is one row of generators for each zone that can be played [7, 9.4]."""
from dataclasses import dataclass, field

import numpy as np

from ..kernels.voices.sampler import DRUM_KIT
from .modulators import DEFAULTS, Modulators, normal
from .words import (
    COLUMNS,
    COMPRESSED,
    INSTRUMENT_OF,
    KEY_HIGH,
    KEY_LOW,
    KEYS,
    KINDS,
    LIMITS,
    MODULATORS,
    OF_SAMPLES,
    ROM,
    SAMPLE_OF,
    VELOCITIES,
    VELOCITY_HIGH,
    VELOCITY_LOW,
    Broken,
)

#: Zones that are added up at all, before those that fit are chosen: ten times what the largest free sets have.
MOST_ROWS = 100_000
#: Zones that are looked at for it: a preset may name instruments again and again.
MOST_LOOKS = 1_000_000
#: Modulators that count in one zone, as in FluidSynth.
MOST_MODULATORS = 64
#: Bank of drum kits [7.2].
DRUM_BANK = 128
Tables = dict[bytes, np.ndarray]


@dataclass
class Zones:
    """Rows of generators, the program of each, sorted by program, and the sets of modulators that rows name."""

    rows: np.ndarray
    programs: np.ndarray
    modulators: list[Modulators]
    rom: int = 0        # zones left out because their sample lies in a ROM
    outside: int = 0    # ... or because there is nothing of their sample in the file


@dataclass
class _Sets:
    """Different sets of modulators, each kept once."""

    sets: list[Modulators] = field(default_factory=list)
    numbers: dict[frozenset, int] = field(default_factory=dict)
    sums: dict[tuple[int, int], int] = field(default_factory=dict)

    def number(self, modulators: Modulators) -> int:
        key = frozenset(modulators.items())
        if key not in self.numbers:
            self.numbers[key] = len(self.sets)
            self.sets.append(modulators)
        return self.numbers[key]

    def sum(self, one: int, other: int) -> int:
        """Amounts of the preset are added to those of the instrument [9.5.2]."""
        if (one, other) not in self.sums:
            total = dict(self.sets[one])
            for key, amount in self.sets[other].items():
                total[key] = total.get(key, 0) + amount
            self.sums[one, other] = self.number(total)
        return self.sums[one, other]


def choose_presets(presets: np.ndarray) -> dict[int, int]:
    """Number of the preset for each program: bank 0, or the lowest one there is; the first drum kit."""
    found: dict[int, int] = {}
    real = presets[:-1]
    banks = real["bank"][(real["bank"] != DRUM_BANK) & (real["program"] < DRUM_KIT)]
    lowest = int(banks.min()) if banks.size else 0
    for number, preset in enumerate(real):
        if preset["bank"] == lowest and preset["program"] < DRUM_KIT:
            found.setdefault(int(preset["program"]), number)
    kits = [(int(preset["program"]), number) for number, preset in enumerate(real) if preset["bank"] == DRUM_BANK]
    if kits:
        found[DRUM_KIT] = min(kits)[1]
    return found


def add_up(tables: Tables, available: int) -> Zones:
    """Add up the presets that are played; `available`: samples in the file."""
    presets, instruments, headers = tables[b"phdr"], tables[b"inst"], tables[b"shdr"]
    _check_order(presets, tables[b"pbag"], tables[b"pgen"], tables[b"pmod"], "preset")
    _check_order(instruments, tables[b"ibag"], tables[b"igen"], tables[b"imod"], "instrument")
    default, low, high = _limits()
    nothing = np.zeros(COLUMNS, "i4")
    nothing[[KEY_HIGH, VELOCITY_HIGH]] = 127
    sets, of_instrument = _Sets(), {}
    result = Zones(np.zeros((0, COLUMNS), "i4"), np.zeros(0, int), sets.sets)
    flat: list[np.ndarray] = []
    programs: list[np.ndarray] = []
    count = looks = 0
    for program, number in sorted(choose_presets(presets).items()):
        first, last = int(presets["bag"][number]), int(presets["bag"][number + 1])
        for bag, over in _read_zones(first, last, tables, b"p", nothing, {}, INSTRUMENT_OF, sets):
            which = int(over[INSTRUMENT_OF])
            if which >= instruments.size - 1:
                raise Broken(f"is damaged: preset {number}, zone {bag - first} names instrument {which}, "
                             f"there are {instruments.size - 1}")
            if which not in of_instrument:
                of_instrument[which] = _read_instrument(which, tables, headers, default, sets, available, result)
            looks += len(of_instrument[which])
            if looks > MOST_LOOKS:
                raise Broken(f"asks for more than {MOST_LOOKS} zones, at preset {number}, zone {bag - first}")
            zones = of_instrument[which].copy()
            over = over.copy()
            over[list(OF_SAMPLES)] = 0
            zones[:, :KEY_LOW] += over[:KEY_LOW]
            for least, most in ((KEY_LOW, KEY_HIGH), (VELOCITY_LOW, VELOCITY_HIGH)):
                zones[:, least] = np.maximum(zones[:, least], over[least])
                zones[:, most] = np.minimum(zones[:, most], over[most])
            meet = zones[:, [KEY_LOW, VELOCITY_LOW]] <= zones[:, [KEY_HIGH, VELOCITY_HIGH]]
            zones = zones[meet.all(axis=1)]
            for one in np.unique(zones[:, MODULATORS]).tolist():
                zones[zones[:, MODULATORS] == one, MODULATORS] = -1 - sets.sum(one, int(over[MODULATORS]))
            zones[:, MODULATORS] = -1 - zones[:, MODULATORS]
            count += len(zones)
            if count > MOST_ROWS:
                raise Broken(f"asks for more than {MOST_ROWS} zones, at preset {number}, zone {bag - first}")
            flat.append(zones)
            programs.append(np.full(len(zones), program))
    if count:
        result.rows, result.programs = np.clip(np.concatenate(flat), low, high), np.concatenate(programs)
    return result


def _check_order(owners: np.ndarray, bags: np.ndarray, generators: np.ndarray, modulators: np.ndarray, what: str) -> None:
    """Everything must name its first zone, generator and modulator in rising order, and none behind the end."""
    for rows, held, name, thing in ((owners["bag"], bags, what, "zones"),
                                    (bags["generator"], generators, f"{what} zone", "generators"),
                                    (bags["modulator"], modulators, f"{what} zone", "modulators")):
        places = rows.astype("i8")
        wrong = np.flatnonzero((np.diff(places, append=places[-1]) < 0) | (places > held.size))
        if wrong.size or (thing == "zones" and places[-1] > held.size - 1):
            at = int(wrong[0]) if wrong.size else len(places) - 1
            raise Broken(f"is damaged: the {thing} of {name} {at} are out of order or behind the end of their table")


def _limits() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows of default, lowest and highest value of each generator and added column."""
    default, low, high = (np.zeros(COLUMNS, "i4") for _ in range(3))
    low[:], high[:] = -(1 << 30), 1 << 30
    for kind, row in LIMITS.items():
        default[kind], low[kind], high[kind] = row
    default[[KEY_HIGH, VELOCITY_HIGH]] = 127
    return default, low, high


def _read_zones(first, last, tables, letter, start, modulators, terminal, sets):
    """Rows of the zones first .. last - 1, on top of `start` and `modulators`; a global zone shapes the others.

    letter: b"p" or b"i", of the tables; terminal: the generator that a zone must have, instrument or sample [7.3, 7.7].
    """
    bags, all_generators, all_modulators = (tables[letter + name] for name in (b"bag", b"gen", b"mod"))
    common, common_modulators = start, modulators
    for bag in range(first, last):
        row, own = common.copy(), dict(common_modulators)
        mine = all_generators[bags["generator"][bag]:bags["generator"][bag + 1]]
        kinds = mine["kind"]
        known = kinds < KINDS
        row[kinds[known]] = mine["amount"][known]
        for kind, low, high in ((KEYS, KEY_LOW, KEY_HIGH), (VELOCITIES, VELOCITY_LOW, VELOCITY_HIGH)):
            ranges = mine["amount"][kinds == kind]
            if ranges.size:
                row[low], row[high] = int(ranges[-1]) & 0xFF, int(ranges[-1]) >> 8 & 0xFF
        steering = all_modulators[bags["modulator"][bag]:bags["modulator"][bag + 1]][:MOST_MODULATORS]
        for source, target, amount, amount_source, _ in steering.tolist():
            own[normal(source, target, amount_source)] = amount
        if terminal in kinds:
            row[terminal] &= 0xFFFF
            row[MODULATORS] = sets.number(own)
            yield bag, row
        elif bag == first:
            common, common_modulators = row, own


def _read_instrument(which, tables, headers, default, sets, available, result):
    """Rows of one instrument, without zones whose sample is not there."""
    instruments = tables[b"inst"]
    first, last = int(instruments["bag"][which]), int(instruments["bag"][which + 1])
    rows = []
    for bag, row in _read_zones(first, last, tables, b"i", default, DEFAULTS, SAMPLE_OF, sets):
        number = int(row[SAMPLE_OF])
        if number >= headers.size - 1:
            raise Broken(f"is damaged: instrument {which}, zone {bag - first} names sample {number}, "
                         f"there are {headers.size - 1}")
        header = headers[number]
        if header["kind"] & COMPRESSED:
            raise Broken("holds compressed samples (SoundFont 3); only SoundFont 2 can be played")
        if header["kind"] & ROM:
            result.rom += 1
        elif header["start"] >= min(int(header["stop"]), available):
            result.outside += 1
        else:
            rows.append(row)
        if len(rows) > MOST_ROWS:
            raise Broken(f"asks for more than {MOST_ROWS} zones, at instrument {which}, zone {bag - first}")
    return np.array(rows, "i4").reshape(-1, COLUMNS)
