"""What is written on an instrument: every key or control gets words, a colour and a shape."""
from ..kernels.music.terms import FIRST_CONTROL
from .colours import ColourMap, Label, label
from .instrument import Instrument, Touch
from .keys import HIGHEST_KEY, PITCH_NAMES

#: One thing to touch, whatever is touched.
_ALL_ALIKE = {"next_note", "next_chord"}
#: Controls that get a label where the file does not say how many there are.
_USUAL_CONTROLS = 8
_MIDDLE_C, _OCTAVE = 60, 12
_WHITE_KEYS = [PITCH_NAMES.index(letter) for letter in "CDEFGAB"]


def labels(instrument: Instrument, colour_map: ColourMap) -> dict[int, Label]:
    """Label of each key 0 .. 127 and control FIRST_CONTROL .. (as in TOUCH events) that the instrument answers to."""
    found: dict[int, Label] = {}
    for touch in instrument.touch:
        found |= {key: label(key, colour_map) for key in range(touch.first, min(touch.last, HIGHEST_KEY) + 1)}
        words, first = _words(instrument, touch), max(touch.first, FIRST_CONTROL)
        for control in range(first, min(touch.last + 1, first + len(words))):
            number = (control - FIRST_CONTROL) % len(words)
            octave, step = divmod(number, len(_WHITE_KEYS))
            shown = label(_MIDDLE_C + _OCTAVE * octave + _WHITE_KEYS[step], colour_map)
            found[control] = Label(words[number], shown.colour, shown.shape)
    return found


def _words(instrument: Instrument, touch: Touch) -> list[str]:
    """What stands on controls: what they play where that is known, else their number."""
    if touch.means == "pads":
        return instrument.pads
    if touch.patterns:
        return touch.patterns
    return ["go"] if touch.means in _ALL_ALIKE else [str(number + 1) for number in range(_USUAL_CONTROLS)]
