"""What can be said to the engine: the kinds of EVENT and what their fields mean.

| kind | player | channel | key | value |
|---|---|---|---|---|
| NOTE_ON | player | channel | key | velocity 0 .. 1 |
| NOTE_OFF | player | channel | key | - |
| SUSTAIN | player | channel | - | 1 down, 0 up |
| BEND | player | channel | - | cents |
| MODULATION, PRESSURE, TIMBRE, VOLUME, EXPRESSION | player | channel | - | 0 .. 1 |
| SOUND | player | channel | model | program |
| RELEASE | player | channel, -1 = all | - | let go of all notes, pedal up, controllers as at the start |
| SILENCE | player, -1 = all | channel, -1 = all | - | cut all sound at once: panic |
| STRIP | strip 0 .. 31 | parameter of `kernels/effects/strip.py` | - | value in the parameter's unit |
| MASTER | - | parameter | - | value in the parameter's unit |
| TEMPO | - | - | - | beats per minute; the beat stays where it is |
"""
(NOTE_ON, NOTE_OFF, SUSTAIN, BEND, MODULATION, PRESSURE, TIMBRE, VOLUME, EXPRESSION, SOUND, RELEASE, SILENCE,
 STRIP, MASTER, TEMPO) = range(1, 16)

NAMES = {
    NOTE_ON: "note_on", NOTE_OFF: "note_off", SUSTAIN: "sustain", BEND: "bend", MODULATION: "modulation",
    PRESSURE: "pressure", TIMBRE: "timbre", VOLUME: "volume", EXPRESSION: "expression", SOUND: "sound",
    RELEASE: "release", SILENCE: "silence", STRIP: "strip", MASTER: "master", TEMPO: "tempo",
}

#: Parameters of the master section: gain [dB, -120 .. 12], reverb time [s], damping [Hz], reverb level [dB].
MASTER_GAIN_DB, REVERB_TIME_S, REVERB_DAMP_HZ, REVERB_DB = range(4)
MASTER_PARAMETERS = 4
