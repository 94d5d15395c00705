"""SuperCollider's server, not in real time.  supriya compiles the synth definitions; the score is written here.

PYTHON -m benchmarks.peers.supercollider WORK SECONDS FOLDER writes the score, PYTHON being one that has supriya.
"""
import shutil
import struct
import subprocess
import sys
from pathlib import Path

import numpy as np

from . import spec

NAME = "SuperCollider"
WORKLOADS = ("W1", "W2", "W3", "W4", "W5")


def missing(python: str) -> str:
    """Why it can't run."""
    if shutil.which("scsynth") is None:
        return "no scsynth on this computer"
    try:
        found = subprocess.run([python, "-c", "import supriya.ugens"], capture_output=True).returncode == 0
    except OSError as error:
        return f"{python}: {error.strerror}"
    return "" if found else f"no supriya in {python}; name a Python that has it with --peer-python"


def command(work: str, seconds: float, folder: Path, python: str) -> list[str]:
    """Render `seconds` of a workload."""
    subprocess.run([python, "-m", "benchmarks.peers.supercollider", work, str(seconds), str(folder)], check=True)
    heard = str(spec.sound_in_wav(folder, seconds)) if work in ("W1", "W5") else "_"
    return ["scsynth", "-i", "8", "-o", "2", "-z", str(spec.BLOCK_FRAMES), "-m", "65536", "-w", "256", "-n", "4096", "-D", "0",
            "-V", "-1", "-N", str(_score(work, seconds, folder)), heard, str(folder / "supercollider.wav"), str(spec.RATE_HZ),
            "WAV", "float"]


def _score(work: str, seconds: float, folder: Path) -> Path:
    return folder / f"supercollider-{work}-{seconds:g}.osc"


def _padded(text: str) -> bytes:
    raw = text.encode() + b"\0"
    return raw + b"\0" * (-len(raw) % 4)


def _message(address: str, *values: object) -> bytes:
    """Source: the Open Sound Control 1.0 specification."""
    tags, body = ",", b""
    for value in values:
        if isinstance(value, (int, np.integer)):
            tags, body = tags + "i", body + struct.pack(">i", value)
        elif isinstance(value, (float, np.floating)):
            tags, body = tags + "f", body + struct.pack(">f", value)
        elif isinstance(value, bytes):
            tags, body = tags + "b", body + struct.pack(">i", len(value)) + value + b"\0" * (-len(value) % 4)
        else:
            tags, body = tags + "s", body + _padded(str(value))
    return _padded(address) + _padded(tags) + body


def _bundle(at_s: float, messages: list[bytes]) -> bytes:
    body = b"#bundle\0" + struct.pack(">II", int(at_s), int(at_s % 1.0 * 2 ** 32))
    return body + b"".join(struct.pack(">i", len(message)) + message for message in messages)


def _tone(folder: Path) -> Path:
    """Four seconds of a decaying tone: what the sampler plays."""
    import soundfile

    path, t = folder / "tone.wav", np.arange(4 * spec.RATE_HZ) / spec.RATE_HZ
    if not path.exists():
        tone = sum(np.sin(2 * np.pi * 261.6 * k * t) / k ** 1.5 * np.exp(-t * k) for k in range(1, 20)) * 0.3
        soundfile.write(path, tone.astype("f4"), spec.RATE_HZ, subtype="FLOAT")
    return path


def _definitions() -> list[bytes]:
    from supriya import Envelope, SynthDefBuilder
    from supriya.ugens import (
        LPF,
        BHiPass,
        BPeakEQ,
        Compander,
        EnvGen,
        Impulse,
        In,
        Klank,
        Limiter,
        Out,
        Pan2,
        PlayBuf,
        Pluck,
        UGen,
        WhiteNoise,
    )
    from supriya.ugens.core import param, ugen

    @ugen(ar=True, channel_count=2, fixed_channel_count=True)
    class FreeVerb2(UGen):
        left = param()
        right = param()
        mix = param(0.33)
        room_size = param(0.5)
        damping = param(0.5)

    made = []

    def keep(name, builder):
        made.append(builder.build(name=name).compile())

    with SynthDefBuilder(inp=2, pan=0.0) as b:
        x = BHiPass.ar(source=In.ar(bus=b["inp"]), frequency=spec.HIGHPASS_HZ, reciprocal_of_q=1.414)
        for hz, q, db in spec.BELLS:
            x = BPeakEQ.ar(source=x, frequency=hz, reciprocal_of_q=1 / q, gain=db)
        x = Compander.ar(source=x, control=x, threshold=10 ** (spec.THRESHOLD_DB / 20), slope_above=1 / spec.RATIO,
                         clamp_time=spec.ATTACK_S, relax_time=spec.RELEASE_S)
        Out.ar(bus=16, source=Pan2.ar(source=x, position=b["pan"], level=spec.GAIN))
    keep("strip", b)
    with SynthDefBuilder() as b:
        m = In.ar(bus=16, channel_count=2)
        r = FreeVerb2.ar(left=m[0], right=m[1], mix=spec.REVERB_MIX, room_size=spec.REVERB_ROOM, damping=spec.REVERB_DAMP)
        Out.ar(bus=0, source=[Limiter.ar(source=r[0], level=spec.CEILING), Limiter.ar(source=r[1], level=spec.CEILING)])
    keep("master", b)
    with SynthDefBuilder(freq=440.0, phase=0.0, pan=0.0) as b:
        t = Impulse.ar(frequency=spec.STRIKES_HZ, phase=b["phase"])
        x = Pluck.ar(source=WhiteNoise.ar(), trigger=t, maximum_delay_time=0.02, delay_time=1 / b["freq"],
                     decay_time=spec.STRING_T60_S, coefficient=spec.STRING_POLE)
        Out.ar(bus=0, source=Pan2.ar(source=x, position=b["pan"], level=spec.STRING_LEVEL))
    keep("string", b)
    with SynthDefBuilder(freq=440.0, phase=0.0, pan=0.0) as b:
        t = Impulse.ar(frequency=spec.STRIKES_HZ, phase=b["phase"])
        x = Klank.ar(source=t, frequencies=spec.PARTIAL_RATIO.tolist(), amplitudes=spec.PARTIAL_LEVEL.tolist(),
                     decay_times=spec.PARTIAL_T60_S.tolist(), frequency_scale=b["freq"])
        Out.ar(bus=0, source=Pan2.ar(source=x, position=b["pan"], level=spec.BAR_LEVEL))
    keep("bar", b)
    with SynthDefBuilder(buf=0, rate=1.0, phase=0.0, pan=0.0) as b:
        t = Impulse.kr(frequency=0.25, phase=b["phase"])
        x = PlayBuf.ar(buffer_id=b["buf"], rate=b["rate"], trigger=t, loop=1, channel_count=1)
        e = EnvGen.ar(envelope=Envelope.adsr(0.005, 0.5, 0.5, 1.0), gate=1 - t)
        x = LPF.ar(source=x * e, frequency=4000)
        Out.ar(bus=0, source=Pan2.ar(source=x, position=b["pan"], level=0.05))
    keep("sampler", b)
    return made


def _messages(work: str, folder: Path) -> list[bytes]:
    messages = [_message("/d_recv", definition) for definition in _definitions()]

    def synth(name: str, **values: float) -> None:
        pairs = [part for pair in values.items() for part in pair]
        messages.append(_message("/s_new", name, 1000 + len(messages), 1, 0, *pairs))  # behind those before it

    if work in ("W1", "W5"):
        for c in range(spec.CHANNELS):
            synth("strip", inp=2 + c, pan=float(spec.PAN[c]))
        synth("master")
    if work in ("W2", "W5"):
        for v, hz in enumerate(spec.STRING_HZ):
            synth("string", freq=float(hz), phase=v / spec.STRINGS, pan=v / 31.5 - 1)
    if work == "W3":
        messages.append(_message("/b_allocRead", 0, str(_tone(folder)), 0, 0))
        for v in range(spec.SAMPLED):
            synth("sampler", rate=float(2 ** ((v - 32) / 24)), phase=v / spec.SAMPLED, pan=v / 31.5 - 1)
    if work in ("W4", "W5"):
        for v, hz in enumerate(spec.BAR_HZ):
            synth("bar", freq=float(hz), phase=v / spec.BARS, pan=v / 15.5 - 1)
    return messages


def main(work: str, seconds: float, folder: Path) -> None:
    """Write the score."""
    with open(_score(work, seconds, folder), "wb") as file:
        for bundle in (_bundle(0.0, _messages(work, folder)), _bundle(seconds, [_message("/c_set", 0, 0)])):
            file.write(struct.pack(">i", len(bundle)) + bundle)


if __name__ == "__main__":
    main(sys.argv[1], float(sys.argv[2]), Path(sys.argv[3]))
