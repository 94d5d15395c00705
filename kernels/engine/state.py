"""The one block of memory: everything the audio side knows, as one record without pointers."""
from ..effects.automix import AUTOMIX
from ..effects.balance import BALANCE
from ..effects.chorus import CHORUS
from ..effects.echo import ECHO
from ..effects.hearing import HEARING
from ..effects.howl import HOWL
from ..effects.limiter import LIMITER
from ..effects.loudness import LOUDNESS
from ..effects.reverb import REVERB
from ..effects.strip import LANES, STRIPS, SUMS
from ..effects.vocal import SLOTS, VOCAL
from ..music.backing import BACKING
from ..music.band_notes import BAND
from ..music.conductor import CONDUCTOR
from ..music.form import FORM
from ..music.guide import GUIDE
from ..music.looper import LOOPER
from ..music.moment import MOMENTS
from ..music.sounding import ASSIST_STATE
from ..music.transport import TRANSPORT
from ..music.tuning import TUNING
from ..rt import GRID, state
from ..rt.ring import EVENT, ring_state
from ..voices.drums import DRUMS
from ..voices.modal import MODAL
from ..voices.part import BUSES, PART, PARTS
from ..voices.pluck import PLUCK
from ..voices.sampler import BANK, SAMPLER
from ..voices.tone import TONE_POOL

MICROPHONES = 16
MICROPHONE_GROUPS, BUS_GROUPS = MICROPHONES // LANES, BUSES // LANES
GROUPS = MICROPHONE_GROUPS + BUS_GROUPS
STRIP_COUNT = GROUPS * LANES

#: Who may push events: each has a ring of its own.
FROM_INPUTS, FROM_PARENT, FROM_DESK, FROM_LISTENING = range(4)
RINGS = 4
RING_SIZE = 2048   # 16 players with 100 events a second each fill it in more than a second
LOG_SIZE = 8192    # the scribe may sleep for 5 s at that rate
PENDING_SIZE = 2048

#: Columns of the stem ring: for each group of eight strips eight left, then eight right channels.  In memory the GRID
#: frames of one column lie side by side, one cache line, so that who is silent costs nothing; then the next column.
PLAYER_COLUMN = 0
PLAYER_ROOM_COLUMN = BUS_GROUPS * 2 * LANES      # left, right: the reverb of players and band
MIX_COLUMN = PLAYER_ROOM_COLUMN + 2              # left, right: the take's mix after its limiter, GRID frames late
COLUMNS_WITHOUT_MICROPHONES = MIX_COLUMN + 2
MICROPHONE_COLUMN = COLUMNS_WITHOUT_MICROPHONES
MICROPHONE_ROOM_COLUMN = MICROPHONE_COLUMN + MICROPHONE_GROUPS * 2 * LANES
COLUMNS_WITH_MICROPHONES = MICROPHONE_ROOM_COLUMN + 2

#: Times of callbacks are counted in quarter microseconds up to 4 ms; longer ones fall into the last bin.
TIME_BINS, BINS_PER_US = 16384, 4

BUS = state(
    ("sums", SUMS),                       # of the strips whose lanes are still apart
    ("heard", "i4"),                      # 1: something comes from the strips in this grid step
    ("sum_left", "f4", (GRID,)), ("sum_right", "f4", (GRID,)),
    ("reverb", REVERB), ("echo", ECHO), ("chorus", CHORUS),
)

MIXER = state(
    ("buses", "f4", (2 * BUSES * GRID,)), # what the voices of each player and seat of the band sound, this grid step:
                                          # the middle of all, then the side of all
    ("balance", BALANCE),                 # equal voice
    ("residue", "f4", (2 * BUSES,)),      # last samples of stolen voices, fading; laid out as buses
    ("automix", AUTOMIX), ("vocal", VOCAL), ("vocal_of", "i4", (SLOTS,)), ("howl", HOWL),  # of microphones
    ("strips", STRIPS, (GROUPS,)),        # groups of eight: microphones, players, the band
    ("players", BUS), ("microphones", BUS),
    ("room_limiter", LIMITER),            # what the room hears
    ("take_limiter", LIMITER),            # what the take keeps
    ("loudness", LOUDNESS),               # of the take
    ("hearing", HEARING), ("monitor_limiter", LIMITER),         # the room once more, for ears of some age
    ("monitor", "i4"),                    # 1: somebody listens there
    ("gain", "f4"), ("gain_to", "f4"),    # master fader
    # constants of the sample rate: fader's share a grid step, what is left of a residue after 1 .. GRID frames
    ("glide", "f4"), ("residue_fall", "f4", (GRID,)),
    ("reverb_db", "f4"), ("room", "i4"), ("echo_beats", "f4"),
)

#: Where frames and the host's clock meet, written by the callback in turns, so that a reader finds one at rest.
CLOCK_PAIR = state(("frame", "f8"), ("host_s", "f8"))

HOST = state(
    ("calls", "i8", (8,)),                # callbacks so far; [0] is released after the pair it names
    ("pairs", CLOCK_PAIR, (2,)),          # pair calls & 1 is the newest
    ("block_frames", "i8"),               # size of the newest block
    ("largest_block", "i8"),
    ("last_host_s", "f8"), ("expected_s", "f8"),
    ("delivered_frames", "i8"), ("expected_frames", "f8"),
    ("xruns", "i8"),                      # blocks that the host flagged as late or lost
    ("cycles_per_us", "f8"),              # written by the control side before the stream opens
    ("max_us", "f8"),
    ("time_bins", "i8", (TIME_BINS,)),
)

STATE = state(
    # settings, written by the control side before the stream opens
    ("sample_rate", "f8"),
    ("input_channels", "i8"), ("output_channels", "i8"),
    ("samples_offset", "i8"), ("samples_count", "i8"),   # float32 behind this record: recorded sounds
    ("stems_offset", "i8"), ("stems_steps", "i8"), ("stems_columns", "i8"),  # and the stem ring
    ("taps_offset", "i8"), ("taps_steps", "i8"), ("taps_groups", "i8"),      # and the tap ring: memory only, never recorded
    ("keep_microphones", "i8"),                          # 1: microphones go to stems and the take's mix
    # written by the audio side
    ("frame", "i8"),                      # absolute frame of the next grid step
    ("stems_head", "i8", (8,)),           # [0]: rows of stem and tap ring up to this frame are complete
    ("faults", "i8"),                     # events that made no sense
    ("received", "i8"), ("applied", "i8"),
    ("voices", "i8"),                     # sounding now
    ("fill", "i8"),                       # frames of the grid step that waits for more input
    ("queue_frames", "i8"),               # delay for hosts whose blocks are no multiple of GRID: 0 or GRID - 1
    ("out", "f4", (2 * GRID * 2,)),       # two grid steps of stereo on their way to the host
    ("monitor_out", "f4", (2 * GRID * 2,)),
    ("out_read", "i8"),                   # frames given to the host
    ("host", HOST),
    ("transport", TRANSPORT),
    ("conductor", CONDUCTOR), ("form", FORM),   # who leads the beat, and where the song is
    ("guide", GUIDE), ("band", BAND),           # the tune played along, and who accompanies
    ("tuning", TUNING),                   # which pitch each key sounds
    ("assist", ASSIST_STATE),             # instruments, hands and harmony
    ("looper", LOOPER),                   # phrases that go round
    ("moments", MOMENTS),                 # where the music stands, for other processes
    ("backing", BACKING),                 # a recording that plays along
    ("rings", ring_state(RING_SIZE), (RINGS,)),
    ("log", ring_state(LOG_SIZE)),        # what was applied, and when
    ("pending", EVENT, (PENDING_SIZE,)), ("pending_count", "i8"),
    ("parts", PART, (PARTS,)),
    ("movers", "i4", (PARTS,)), ("mover_count", "i8"),   # parts whose glides are under way
    ("mixer", MIXER),
    ("pluck", PLUCK), ("modal", MODAL), ("drums", DRUMS), ("sampler", SAMPLER), ("tone", TONE_POOL),
    ("bank", BANK),
)
