"""Where in the song everybody is."""
from ..rt import state

STOPPED, COUNTING, PLAYING, HOLDING, ENDING = range(5)

FORM = state(
    ("mode", "i4"), ("section", "i4"), ("section_kind", "i4"), ("last_time", "i4"),
    ("place", "f8"), ("length_beats", "f8"),          # song beats
    ("section_start", "f8"), ("section_stop", "f8"),  # song beats
    ("meter_beats", "f8"), ("stop_place", "f8"), ("origin_beat", "f8"),
)
