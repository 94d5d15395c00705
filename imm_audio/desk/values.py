"""What changes all the time, read from the block: beat, levels, take, sound."""
import math
from typing import Any

import numpy as np

from ..block import text_of
from ..engine import Engine
from ..kernels.engine.state import BINS_PER_US, MICROPHONES
from ..kernels.music.terms import NO_SONG, STOPPED
from ..kernels.voices.part import PLAYERS
from .clock import FrameClock

FLOOR_DB = -60
#: Louder than this somebody sounds [dBFS].
SOUNDS_DB = -45
#: The page is told of the beat when what it expects is off by this much [s], and at least so often.
BEAT_OFF_S, BEAT_EVERY_S = 0.005, 2.0
#: How often load and loudness are looked at [s], which makes the load an average.
LOAD_EVERY_S = 1.0
#: What the last seconds of the music are called below so many LUFS, else loud; broadcasters aim at -23.  Silence has no name.
LOUDNESS = ("", -70), ("soft", -32), ("good", -12)

Live = dict[str, Any]


def _decibels(levels: np.ndarray) -> np.ndarray:
    return np.maximum(np.round(20.0 * np.log10(np.maximum(levels, 1e-6))), FLOOR_DB).astype(int)


class Values:
    """Reads the block; `now` gives everything, in values that change only when a person would see it."""

    def __init__(self, engine: Engine, clock: FrameClock):
        self._engine, self._clock = engine, clock
        self._beat: Live = {}
        self._bins, self._load, self._next_load_s = np.array(engine.state["host"]["time_bins"]), 0, 0.0
        self._lufs = -120

    def now(self, now_s: float) -> Live:
        """Values for the desk; `now_s`: server time."""
        levels = np.concatenate([group["meter"] for group in self._engine.state["mixer"]["strips"]])
        shown = _decibels(levels)
        players = MICROPHONES + PLAYERS
        inputs = int(self._engine.state["input_channels"])
        loud = float(np.sqrt((levels.astype(float) ** 2).sum()) * self._engine.state["mixer"]["gain"])
        return {
            "beat": self._new_beat(now_s), "levels": shown[MICROPHONES:players].tolist(), "mics": shown[:inputs].tolist(),
            "band": int(shown[players:].max()), "out": min(int(_decibels(np.array([loud]))[0]), 0),
            "follow": self._follow(), "take": self._take(), "sound": self._sound(now_s),
        }

    # --- the beat ---------------------------------------------------------------------------------------------------
    def _new_beat(self, now_s: float) -> Live:
        """The beat as it was told last, as long as that is right."""
        beat = self._read_beat()
        if self._is_off(beat) or now_s - self._beat["told_s"] >= BEAT_EVERY_S:
            self._beat = beat | {"told_s": now_s}
        return {key: value for key, value in self._beat.items() if key != "told_s"}

    def _read_beat(self) -> Live:
        engine, moment = self._engine, self._engine.moment()
        rate, form = engine.sample_rate, engine.state["form"]
        block_s = float(engine.state["host"]["block_frames"]) / rate
        leaps = math.isfinite(moment.leap_place)
        return {
            "at_s": round(self._clock.time_of(moment.frame) + block_s + float(engine.header["delay_ms"]) / 1000.0, 4),
            "beats": round(float(moment.beats), 5), "beats_per_s": round(float(moment.beats_per_frame) * rate, 6),
            "mode": int(moment.mode), "place": round(float(moment.place), 5),
            "place_per_s": 0.0 if moment.mode == STOPPED else round(float(moment.place_per_frame) * rate, 6),
            "leap_place": round(float(moment.leap_place), 5) if leaps else None, "leap_to": round(float(moment.leap_to), 5),
            "pulse_beats": float(form["pulse_beats"]), "meter_beats": float(form["meter_beats"]),
            "origin": round(float(form["origin_beat"]), 5), "armed": int(form["armed"]), "section": int(form["section"]),
        }

    def _is_off(self, beat: Live) -> bool:
        told = self._beat
        if not told or any(beat[key] != told[key] for key in ("mode", "pulse_beats", "meter_beats", "armed", "section")):
            return True
        if (beat["leap_place"] is None) != (told["leap_place"] is None) or abs(beat["leap_to"] - told["leap_to"]) > 1e-3:
            return True
        seconds = beat["at_s"] - told["at_s"]
        off = max(abs(told[key] + told[f"{key}_per_s"] * seconds - beat[key]) for key in ("beats", "place"))
        moved = beat["mode"] == NO_SONG and beat["origin"] != told["origin"]
        return moved or off > BEAT_OFF_S * max(beat["beats_per_s"], 0.1)

    # --- the rest ---------------------------------------------------------------------------------------------------
    def _follow(self) -> Live:
        state = self._engine.state
        conductor, pulse = state["conductor"], float(state["form"]["pulse_beats"])
        follower = conductor["follower"]
        return {"led": bool(conductor["led"]), "heard": bool(follower["onsets"]),
                "confidence": round(round(float(follower["confidence"]) * 20.0) / 20.0, 2),
                "bpm": round(float(state["transport"]["tempo_bpm"]) / pulse, 1)}

    def _take(self) -> Live:
        take, rate = self._engine.header["take"], self._engine.sample_rate
        folder = text_of(take["folder"])
        seconds = max(int(take["next_frame"]) - int(take["start_frame"]), 0) / rate if folder else 0.0
        left = float(take["minutes_left"])
        return {"recording": bool(folder), "name": folder.replace("\\", "/").rpartition("/")[2], "seconds": int(seconds),
                "microphones": bool(self._engine.state["keep_microphones"]),
                "minutes_left": int(left) if math.isfinite(left) else 0}

    def _sound(self, now_s: float) -> Live:
        state, header = self._engine.state, self._engine.header
        host = state["host"]
        if now_s >= self._next_load_s:
            self._next_load_s = now_s + LOAD_EVERY_S
            bins = np.array(host["time_bins"])
            spent, self._bins = np.maximum(bins - self._bins, 0), bins
            total, block_us = np.cumsum(spent), 1e6 * float(host["block_frames"]) / self._engine.sample_rate
            slow_us = float(np.searchsorted(total, 0.99 * total[-1])) / BINS_PER_US if total[-1] else 0.0
            self._load = min(round(100.0 * slow_us / block_us), 999) if block_us else 0
            self._lufs = round(float(state["mixer"]["loudness"]["short_term_lufs"]))
        return {"device": text_of(header["device"]), "delay_ms": round(float(header["delay_ms"]), 1),
                "voices": int(state["voices"]), "lost": int(host["xruns"]), "load_percent": self._load,
                "lufs": self._lufs, "loudness": next((word for word, below in LOUDNESS if self._lufs < below), "loud")}


def sounding(live: Live) -> list[int]:
    """Who is heard now: places, and 100 + microphone."""
    return [n for n, level in enumerate(live["levels"]) if level > SOUNDS_DB] + [
        100 + n for n, level in enumerate(live["mics"]) if level > SOUNDS_DB]
