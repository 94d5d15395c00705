"""Sounds by the names that instrument files use: recorded ones, strings, bars, sustained tones and the drum kit."""
from ..kernels.voices.bars import BARS
from ..kernels.voices.kit import KIT
from ..kernels.voices.part import DRUMS, MODAL, PLUCK, SAMPLER, TONE
from ..kernels.voices.pluck import STRINGS_OF
from ..kernels.voices.tones import TONES
from .reading import possible

#: Programs 0 .. 127 of General MIDI level 1, in plain words.
_RECORDED = (
    "piano", "bright piano", "electric grand piano", "honky-tonk piano", "electric piano", "soft electric piano",
    "harpsichord", "clavinet",
    "celesta", "glockenspiel", "music box", "vibraphone", "marimba", "xylophone", "tubular bells", "dulcimer",
    "organ", "percussive organ", "rock organ", "church organ", "reed organ", "accordion", "harmonica", "tango accordion",
    "nylon guitar", "steel guitar", "jazz guitar", "electric guitar", "muted guitar", "overdriven guitar",
    "distorted guitar", "guitar harmonics",
    "acoustic bass", "finger bass", "picked bass", "fretless bass", "slap bass", "slap bass 2", "synth bass",
    "synth bass 2",
    "violin", "viola", "cello", "double bass", "trembling strings", "plucked strings", "harp", "timpani",
    "strings", "slow strings", "synth strings", "synth strings 2", "choir", "voices", "synth voice", "orchestra hit",
    "trumpet", "trombone", "tuba", "muted trumpet", "french horn", "brass", "synth brass", "synth brass 2",
    "soprano saxophone", "alto saxophone", "tenor saxophone", "baritone saxophone", "oboe", "english horn", "bassoon",
    "clarinet",
    "piccolo", "flute", "recorder", "pan flute", "blown bottle", "shakuhachi", "whistle", "ocarina",
    "square lead", "saw lead", "calliope", "chiff lead", "charang", "voice lead", "fifths lead", "bass and lead",
    "new age pad", "warm pad", "poly synth", "choir pad", "bowed pad", "metal pad", "halo pad", "sweep pad",
    "rain", "soundtrack", "crystal", "atmosphere", "brightness", "goblins", "echoes", "stars",
    "sitar", "banjo", "shamisen", "koto", "kalimba", "bagpipe", "fiddle", "shanai",
    "tinkle bell", "agogo", "steel drums", "wood block", "taiko drum", "melodic tom", "synth drum", "reverse cymbal",
    "fret noise", "breath noise", "seashore", "bird", "telephone", "helicopter", "applause", "gunshot",
)
DRUM_KIT = "drum kit"
_TEST_BARS = {"16 partials"}
_MADE = {**{row[0]: (PLUCK, program) for program, row in enumerate(STRINGS_OF)},
         **{row[0]: (MODAL, program) for program, row in enumerate(BARS) if row[0] not in _TEST_BARS},
         **{row[0]: (TONE, program) for program, row in enumerate(TONES)}}

#: Name -> (model, program) of a SOUND event.  Where a sound is both made and recorded, the made one has the plain name.
VOICES: dict[str, tuple[int, int]] = {
    **_MADE, DRUM_KIT: (DRUMS, 0),
    **{f"recorded {name}" if name in _MADE else name: (SAMPLER, program) for program, name in enumerate(_RECORDED)},
}
RECORDED = frozenset(name for name, (model, _) in VOICES.items() if model == SAMPLER)



def voice_of(name: str) -> tuple[int, int]:
    """Model and program of a sound by name.  ValueError: one sentence."""
    by_lower = {voice.lower(): numbers for voice, numbers in VOICES.items()}
    if name.lower() not in by_lower:
        raise ValueError(f"There is no sound called {name!r}; {possible(name, list(VOICES))}")
    return by_lower[name.lower()]


#: General MIDI percussion, from key 35 on: the rows of `kernels/voices/drums.py`.
_FIRST_DRUM_KEY = 35
DRUM_NAMES = (
    "deep bass drum", "bass drum", "side stick", "snare drum", "clap", "electric snare", "lowest tom",
    "closed hi-hat", "low tom", "pedal hi-hat", "lower tom", "open hi-hat", "middle tom", "high tom", "crash cymbal",
    "highest tom", "ride cymbal", "china cymbal", "ride bell", "tambourine", "splash cymbal", "cowbell", "second crash",
    "vibraslap", "second ride", "high bongo", "low bongo", "muted conga", "high conga", "low conga", "high timbale",
    "low timbale", "high agogo", "low agogo", "cabasa", "maracas", "short whistle", "long whistle", "short guiro",
    "long guiro", "claves", "high wood block", "low wood block", "muted cuica", "open cuica", "muted triangle",
    "open triangle",
    *(drum.name for drum in KIT[47:]),    # rows behind those of General MIDI have plain names by themselves
)
DRUM_KEYS = {name: _FIRST_DRUM_KEY + row for row, name in enumerate(DRUM_NAMES)}
