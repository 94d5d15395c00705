"""A part: what a player's page shows of an instrument, so that hands find few, large things to touch and all of them sound.

A field is one control of TOUCH events.  Where every control of an instrument does the same there is one giant field; where
controls differ there are as many as can be told apart and hit on a telephone.
"""
from ..catalog.colours import ColourMap, Label, label
from ..catalog.instrument import Instrument, Touch
from ..catalog.keys import HIGHEST_KEY, key_of
from ..catalog.labels import labels
from ..kernels.music.terms import AXES, FIRST_CONTROL
from .texts import ENGLISH, word

#: What a touch means -> how a page lays it out.
KINDS = {
    "next_note": "one", "next_chord": "one", "song_chord": "one", "drone": "one", "round": "one",
    "free": "keys", "scale": "keys", "chord": "keys", "magic": "keys", "arpeggio": "keys",
    "chord_button": "chords", "strum": "strum", "pads": "drums", "loop": "pads", "phrase": "pads",
}
#: Fields of an octave, and on a telephone; chords of a scale, of which the seventh is seldom wanted; fields with a pad
#: between them that is moved on (they are wider); chords and notes side by side for two hands.
FIELDS, CHORDS, BANDS, HAND_CHORDS, HAND_NOTES = 8, 6, 5, 4, 6
#: More drums than these make no instrument clearer.
MOST_PADS = 16
#: What an axis moves smoothly; "strum" and "play" are touches of another kind.
_SMOOTH = {"expression", "timbre", "bend", "modulation", "pressure", "volume"}
_WHITE_STEPS = (0, 2, 4, 5, 7, 9, 11)
#: Chords of most songs: semitones above a key.
_CHORD_STEPS = (0, 5, 7, 9)
#: Keys that never have the same nearest tone of a triad: its tones are 5 semitones apart at most.
_TONE_STEPS = (0, 5, 10, 15, 20)
_TRIAD_TONES = 3
_MIDDLE_C = 60
_LOWEST_PAD_KEY = 48  # on a keyboard pads are white keys from here on


def part_view(instrument: Instrument, stem: str, colour_map: ColourMap, macros: dict[str, float],
              language: str = ENGLISH) -> dict[str, object]:
    """What a player's page draws; plain values for JSON.

    `macros`: where knobs were moved [label -> 0 .. 1].  In the answer:

    - "kind": "one", "keys", "chords", "strum", "drums", "pads", "xy", or "two" (hands, side by side); "hands": for each
      its kind, what a touch means, whether a touch starts and the next ends ("latch"), and how many fields a telephone shows
      at least ("few").
    - "controls": in the order of hands and places; "letter" stands large in the shape, "words" (may be empty) beside it.
    - "axes": only those that move something.
    """
    hands = [_kind(instrument, touch) for touch in instrument.touch]
    shown = labels(instrument, colour_map)
    controls: list[dict[str, object]] = []
    for hand, touch in enumerate(instrument.touch):
        controls += _fields(instrument, touch, hand, hands[hand], shown, colour_map, language, len(controls))
    return {
        "instrument": stem,
        "name": word(instrument.name, language),
        "say": word(instrument.say, language),
        "family": instrument.family,
        "kind": hands[0] if len(hands) == 1 else "two",
        "hands": [{"kind": kind, "means": touch.means, "latch": touch.latch,
                   "few": min(FIELDS, sum(c["hand"] == hand for c in controls))}
                  for hand, (kind, touch) in enumerate(zip(hands, instrument.touch, strict=True))],
        "controls": controls,
        "axes": [{"axis": number, "name": axis, "target": target} for number, axis in enumerate(AXES)
                 if (target := getattr(instrument.axes, axis)) not in (None, "nothing")],
        "macros": [{"label": word(macro.label, language),
                    "share": macros.get(macro.label, (macro.start - macro.low) / (macro.high - macro.low or 1.0))}
                   for macro in instrument.macro],
    }


def _kind(instrument: Instrument, touch: Touch) -> str:
    kind = KINDS[touch.means]
    both = all(getattr(instrument.axes, axis) in _SMOOTH for axis in ("tilt_x", "tilt_y"))
    return "xy" if kind == "keys" and both and len(instrument.touch) == 1 else kind


def _fields(instrument: Instrument, touch: Touch, hand: int, kind: str, shown: dict[int, Label], colour_map: ColourMap,
            language: str, before: int) -> list[dict[str, object]]:
    """The fields of one touch zone, each with all that is written on it; `before`: how many fields other hands have."""
    names = {"drums": instrument.pads, "pads": touch.patterns}.get(kind, [])
    fields: list[dict[str, object]] = []
    for number, control in enumerate(_controls(instrument, touch, kind)):
        if control in shown and (control >= FIRST_CONTROL or touch.means == "free"):
            found = shown[control]
        else:  # a key that need not sound as it is written: numbers look alike everywhere
            found = label(_MIDDLE_C + _WHITE_STEPS[number % len(_WHITE_STEPS)], colour_map)
        letter = word("go", language) if kind == "one" else found.letter if touch.means == "free" else str(before + number + 1)
        words = word(names[_pad(control) % len(names)], language) if names else ""
        fields.append({"control": control, "letter": letter, "colour": found.colour, "shape": found.shape, "words": words,
                       "hand": hand})
    return fields


def _controls(instrument: Instrument, touch: Touch, kind: str) -> list[int]:
    """Controls that do different things, as in TOUCH events, in the order in which they lie."""
    alone, first = len(instrument.touch) == 1, max(touch.first, FIRST_CONTROL)
    counts = {
        "one": 1, "keys": FIELDS if alone else HAND_NOTES, "xy": BANDS, "chords": CHORDS if alone else HAND_CHORDS,
        "strum": touch.size, "drums": min(len(instrument.pads), MOST_PADS), "pads": len(touch.patterns),
    }
    if touch.first <= HIGHEST_KEY and (touch.means in ("free", "arpeggio") or touch.last < first):
        return _keys(touch, kind, counts[kind])
    count = counts[kind]
    if touch.means == "arpeggio":  # places without a height all ripple from the same note
        count = 1
    if touch.means == "chord":     # no more than there are tones from the base up
        count = max(min(count, _TRIAD_TONES * (key_of(touch.high) - touch.base_key) // 12), 1)
    return list(range(first, min(first + count, touch.last + 1)))


def _keys(touch: Touch, kind: str, count: int) -> list[int]:
    """The same for a zone that is touched by keys of a keyboard."""
    first, last = touch.first, min(touch.last, HIGHEST_KEY)
    if kind in ("drums", "pads"):
        return [key for key in range(first, last + 1) if key >= _LOWEST_PAD_KEY and key % 12 in _WHITE_STEPS][:count] or [first]
    low, high = max(first, key_of(touch.low)), min(last, key_of(touch.high))
    if high - low < 12:  # keys outside of what may sound are moved by octaves
        low, high = first, last
    base = touch.base_key - 12 * max(-(-(touch.base_key - high) // 12), 0)
    base = max(base + 12 * max(-(-(low - base) // 12), 0), low)
    base = base if base <= high else low
    if kind in ("one", "strum"):  # a key of a keyboard strums all strings
        return [base]
    if kind == "chords":
        return [key for key in (base + step for step in _CHORD_STEPS) if key <= high]
    if touch.means == "arpeggio":
        start = max(base - 12, min(low + _TONE_STEPS[1], high))  # the tone nearest to the lowest key may be below it
        return [key for key in (start + step for step in _TONE_STEPS) if key <= high]
    white = [key for key in range(low, high + 1) if key % 12 in _WHITE_STEPS] or [base]
    start = min(sum(key < base for key in white), max(len(white) - count, 0))
    return white[start:start + count]


def _pad(control: int) -> int:
    """Number of the pad: controls are counted, and white keys of a keyboard (pad_of_control in kernels/music/hand.py)."""
    if control >= FIRST_CONTROL:
        return control - FIRST_CONTROL
    octave, step = divmod(max(control - _LOWEST_PAD_KEY, 0), 12)
    return octave * len(_WHITE_STEPS) + sum(white < step for white in _WHITE_STEPS)
