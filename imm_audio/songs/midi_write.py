"""Songs written as MIDI files: a track each for the melody with its words and for the chords, in sections."""
from fractions import Fraction
from pathlib import Path
from typing import Any

from .harmony import nearest_chord
from .midi import OURS
from .names import key_name
from .song import Song

TICKS_PER_BEAT = 960
#: Middle of the keyboard, for chords below the melody.
_CHORD_KEYS = (48, 60)
#: Minor keys that MIDI names by their sharps.
_SHARPS = {"Dbm": "C#m"}


def write_midi(song: Song, path: Path, language: str = "") -> None:
    """Write the whole form of a song, with its words in one language (empty: its first)."""
    import mido

    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    bar = Fraction(4 * song.meter[0], song.meter[1])
    lead_in = float(-song.pickup_beats // bar * -bar)  # whole bars before the first one, for the pick-up

    def track(name: str, moments: list[tuple[float, int, Any]]) -> None:
        """Messages at beats of the song; at the same beat those with a lower number come first."""
        made = mido.MidiTrack([mido.MetaMessage("track_name", name=name)])
        now = 0
        for beat, _, message in sorted(moments, key=lambda moment: moment[:2]):
            ticks = round((beat + lead_in) * TICKS_PER_BEAT)
            made.append(message.copy(time=max(0, ticks - now)))
            now = max(now, ticks)
        file.tracks.append(made)

    end = song.form[-1].stop
    head = [(-lead_in, 0, mido.MetaMessage("text", text=OURS)),
            (-lead_in, 1, mido.MetaMessage("time_signature", numerator=song.meter[0], denominator=song.meter[1]))]
    if song.tempo_bpm is not None:
        head.append((-lead_in, 1, mido.MetaMessage("set_tempo", tempo=mido.bpm2tempo(song.tempo_bpm))))
    if song.tonic is not None and song.mode in ("major", "minor"):
        name = key_name(song.tonic, song.mode)
        head.append((-lead_in, 1, mido.MetaMessage("key_signature", key=_SHARPS.get(name, name))))
    if song.facts.copyright:
        head.append((-lead_in, 1, mido.MetaMessage("copyright", text=song.facts.copyright)))
    head += [(place.start, 2, mido.MetaMessage("marker", text=place.section.name)) for place in song.form]
    track(song.title, [*head, (end, 3, mido.MetaMessage("end_of_track"))])

    melody: list[tuple[float, int, Any]] = []
    for start, beats, key in song.melody:
        melody += [(start, 2, mido.Message("note_on", note=key, velocity=90)),
                   (start + beats, 0, mido.Message("note_off", note=key))]
    for line in song.lines(language):
        for number, s in enumerate(line.syllables):
            sign = ("" if s.joined else " ") + ("\r" if number == len(line.syllables) - 1 else "")
            melody.append((s.start, 1, mido.MetaMessage("lyrics", text=s.text + sign)))
    track("Melody", melody)

    chords: list[tuple[float, int, Any]] = []
    for start, beats, name in song.chords:
        chords.append((start, 1, mido.MetaMessage("cue_marker", text=name or "N.C.")))
        for key in _chord_keys(name):
            chords += [(start, 2, mido.Message("note_on", note=key, velocity=60, channel=1)),
                       (start + beats, 0, mido.Message("note_off", note=key, channel=1))]
    track("Chords", chords)
    file.save(path)


def _chord_keys(name: str) -> list[int]:
    found = nearest_chord(name) if name else None
    if found is None:
        return []
    low, high = _CHORD_KEYS
    root, kind = found
    return sorted({low + (root + round(tone)) % (high - low) for tone in kind.tones_semitones})
