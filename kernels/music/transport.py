"""The beat clock: counts beats.  A beat is a quarter note; 960 ticks are one beat.  How fast it goes decides the conductor."""
from ..rt import GRID, rt, state
from ..rt.units import clamp

PPQ = 960
SLOWEST_BPM, FASTEST_BPM = 20.0, 300.0

TRANSPORT = state(
    ("beats", "f8"),      # since the start
    ("tempo_bpm", "f8"),
    ("beats_per_frame", "f8"),   # in this grid step
)


@rt
def transport_set_tempo(transport, tempo_bpm, sample_rate):
    """Go on from the present beat at `tempo_bpm` [clamped 20 .. 300]."""
    transport.tempo_bpm = clamp(tempo_bpm, SLOWEST_BPM, FASTEST_BPM)
    transport.beats_per_frame = transport.tempo_bpm / (60.0 * sample_rate)


@rt
def transport_advance(transport):
    """Move on by one grid step."""
    transport.beats += GRID * transport.beats_per_frame
