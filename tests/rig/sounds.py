"""What to play so that every note and every frame can be told apart, and how to find them again."""
import numpy as np

from imm_audio.inputs.midi_port import OWN_BANK, OWN_SOUNDS
from tests.rig.jack_rig import RATE

WOOD_BLOCK = next(i for i, sound in enumerate(OWN_SOUNDS) if sound[0] == "wood block")
#: Struck at this key the wood block starts within a frame and is gone (-60 dB) after 23 ms.
CLICK_KEY = 108
LEFT, CENTRE, RIGHT = 0, 64, 127
#: Period of the steady noise: it shares no factor with any block, so that a lost or doubled block shows.
NOISE_PERIOD = 4801


def choose_sound(program: int, pan: int = CENTRE, bank: int = 0) -> list[bytes]:
    """MIDI that selects a sound without reverb; bank 1 is imm_audio's own."""
    return [bytes([0xB0, 0, bank]), bytes([0xC0, program]), bytes([0xB0, 10, pan]), bytes([0xB0, 91, 0])]


def choose_click(pan: int = CENTRE) -> list[bytes]:
    return choose_sound(WOOD_BLOCK, pan, OWN_BANK)


def note(key: int = CLICK_KEY, velocity: int = 127) -> bytes:
    return bytes([0x90, key, velocity])


def onsets(sound: np.ndarray, threshold: float, rest_frames: int = RATE // 200) -> np.ndarray:
    """Frames where |sound| rises above `threshold` after at least `rest_frames` below it."""
    loud = np.flatnonzero(np.abs(sound) > threshold)
    return loud[np.diff(loud, prepend=-rest_frames - 1) > rest_frames] if len(loud) else loud


def steady_noise(channels: int = 1, loudness: float = 0.03) -> np.ndarray:
    """One period of noise, float32 (frames, channels), to be played in a loop."""
    return np.random.default_rng(7).uniform(-loudness, loudness, (NOISE_PERIOD, channels)).astype("f4")


def breaks(sound: np.ndarray, same: float = 1e-5) -> int:
    """Places where steady noise (frames,) does not go on as a period earlier: gaps, and blocks lost or doubled."""
    strange = np.flatnonzero(np.abs(sound[NOISE_PERIOD:] - sound[:-NOISE_PERIOD]) > same)
    return int(np.sum(np.diff(strange, prepend=-3 * NOISE_PERIOD) > 2 * NOISE_PERIOD))


def gaps(sound: np.ndarray, frames: int = 16) -> int:
    """Places where a tone that dies away falls silent for so many frames and comes back."""
    heard = np.flatnonzero(sound)
    return int(np.sum(np.diff(heard) > frames))
