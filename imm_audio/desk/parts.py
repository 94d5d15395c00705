"""What each place plays, as players' pages draw it, and what there is to choose from."""
from dataclasses import asdict
from typing import Any

from ..catalog.colours import ColourMap, label
from ..catalog.instrument import Instrument
from ..catalog.library import Library, Styles
from ..room.places import DEFAULT_INSTRUMENT
from ..tunings.shelf import EQUAL, tunings_now
from .part import part_view
from .texts import word
from .views import Room

#: Keys that have a label in lists of colours.
LOWEST_KEY, HIGHEST_KEY = 24, 108
#: Parts that are kept; moving a knob makes many.
MOST_KNOWN = 256


class Parts:
    """Reads data files when it is made and by `read`, which takes a moment."""

    def __init__(self) -> None:
        self._known: dict[tuple[object, ...], dict[str, Any]] = {}
        self.read()

    def read(self) -> None:
        """Read all data files anew: people may have made some meanwhile."""
        self._library, self._styles = Library(), Styles()
        self._known.clear()

    def lacks(self, room: Room) -> bool:
        """Whether somebody plays what was not there when the files were read."""
        return any(place["instrument"] and place["instrument"] not in self._library.instruments for place in room["seats"])

    def _instrument(self, stem: str) -> Instrument:
        return self._library.instruments.get(stem) or self._library.instruments[DEFAULT_INSTRUMENT]

    def _colours(self, name: str | None) -> ColourMap:
        maps = self._library.maps
        return maps.get(name or "") or next(iter(maps.values()))

    def of(self, room: Room, seat: int) -> dict[str, Any]:
        """The part of a place."""
        place: dict[str, Any] = next((place for place in room["seats"] if place["seat"] == seat), {})
        stem, macros = place.get("instrument") or DEFAULT_INSTRUMENT, place.get("macros", {})
        language, colours = room["language"], room["colours"]
        what = stem, language, colours, tuple(sorted(macros.items()))
        if what not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            self._known[what] = dict(part_view(self._instrument(stem), stem, self._colours(colours), macros, language))
        return self._known[what]

    def instruments(self, language: str) -> list[dict[str, Any]]:
        """Every instrument, as a list shows it."""
        return [{
            "stem": stem, "name": word(found.name, language), "say": word(found.say, language), "family": found.family,
            "macros": [{"label": macro.label, "name": word(macro.label, language),
                        "start": (macro.start - macro.low) / ((macro.high - macro.low) or 1.0)} for macro in found.macro],
            "kind": part_view(found, stem, self._colours(None), {}, language)["kind"],
        } for stem, found in sorted(self._library.instruments.items())]

    def styles(self, language: str) -> list[dict[str, Any]]:
        """Every style of the band."""
        return [{"stem": stem, "name": word(found.name, language), "say": word(found.say, language)}
                for stem, found in sorted(self._styles.styles.items())]

    def tunings(self, language: str) -> list[dict[str, Any]]:
        """Every tuning as its file is now, the usual one first."""
        found, _ = tunings_now()
        return [{"stem": stem, "name": word(found[stem].name, language), "say": word(found[stem].say, language)}
                for stem in sorted(found, key=lambda stem: (stem != EQUAL, stem))]

    def colours(self, language: str) -> dict[str, Any]:
        """Every colour map with its labels."""
        return {name: {"say": word(found.say, language),
                       "labels": {str(key): asdict(label(key, found)) for key in range(LOWEST_KEY, HIGHEST_KEY + 1)}}
                for name, found in self._library.maps.items()}
