"""Csound (doubles), no sound device, ksmps 64."""
import shutil
from pathlib import Path

from . import spec
from .fluidsynth import soundfont

NAME = "Csound"
WORKLOADS = ("W1", "W2", "W3", "W4", "W5")


def missing(python: str) -> str:
    """Why it can't run."""
    return "" if shutil.which("csound") else "no csound on this computer"


def _mixer(seconds: float, folder: Path) -> tuple[list[str], list[str]]:
    channels = ",".join(f"a{c}" for c in range(spec.CHANNELS))
    code = ["instr 1", f'{channels} diskin2 "{spec.sound_in_wav(folder, seconds)}", 1, 0, 1']
    for c in range(spec.CHANNELS):
        code.append(f"a{c} rbjeq a{c}, {spec.HIGHPASS_HZ}, 1, 0.7071, 1, 2")
        code += [f"a{c} rbjeq a{c}, {hz}, {10 ** (db / 20)}, {q}, 1, 8" for hz, q, db in spec.BELLS]
        code.append(f"a{c} compress2 a{c}, a{c}, -90, {spec.THRESHOLD_DB}, {spec.THRESHOLD_DB}, {spec.RATIO}, {spec.ATTACK_S}, "
                    f"{spec.RELEASE_S}, 0")
        code.append(f"aL{c}, aR{c} pan2 a{c} * {spec.GAIN}, {(spec.PAN[c] + 1) / 2}")
    dry, wet = 1 - spec.REVERB_MIX, spec.REVERB_MIX
    code += ["gaL = " + " + ".join(f"aL{c}" for c in range(spec.CHANNELS)),
             "gaR = " + " + ".join(f"aR{c}" for c in range(spec.CHANNELS)),
             "endin", "instr 2", f"aw, ax freeverb gaL, gaR, {spec.REVERB_ROOM}, {spec.REVERB_DAMP}",
             f"aL = gaL * {dry} + aw * {wet}", f"aR = gaR * {dry} + ax * {wet}",
             "aL compress2 aL, aL, -90, -0.5, -0.5, 100, 0.0005, 0.05, 0.001",
             "aR compress2 aR, aR, -90, -0.5, -0.5, 100, 0.0005, 0.05, 0.001", "outs aL, aR", "endin"]
    return code, [f"i1 0 {seconds}", f"i2 0 {seconds}"]


def _strings(seconds: float) -> tuple[list[str], list[str]]:
    # streson: a delay line with fractional tuning and a low-pass in its loop, fed by gated noise
    code = ["instr 3", f"at mpulse 1, {1 / spec.STRIKES_HZ}, p6", "ae tone at*10, 20", "an rand ae", "as streson an, p4, p5",
            f"aL, aR pan2 as * {spec.STRING_LEVEL}, p7", "outs aL, aR", "endin"]
    score = [f"i3 0 {seconds} {hz} {10 ** (-3 / (hz * spec.STRING_T60_S))} {i / spec.STRINGS / spec.STRIKES_HZ} {i / 63}"
             for i, hz in enumerate(spec.STRING_HZ)]
    return code, score


def _bars(seconds: float) -> tuple[list[str], list[str]]:
    code = ["instr 4", f"at mpulse 1, {1 / spec.STRIKES_HZ}, p5", "as = 0"]
    for ratio, level, t60_s in zip(spec.PARTIAL_RATIO, spec.PARTIAL_LEVEL, spec.PARTIAL_T60_S, strict=True):
        code += [f"am mode at, (p4*{ratio} < 14500 ? p4*{ratio} : 14500), 3.14159*p4*{ratio}*{t60_s}/6.91",
                 f"as += am * {level * spec.BAR_LEVEL}"]
    code += ["aL, aR pan2 as, p6", "outs aL, aR", "endin"]
    return code, [f"i4 0 {seconds} {hz} {i / spec.BARS / spec.STRIKES_HZ} {i / 31}" for i, hz in enumerate(spec.BAR_HZ)]


def _sampler(seconds: float) -> tuple[list[str], list[str]]:
    code = [f'isf sfload "{soundfont()}"', "ir sfpreset 0, 0, isf, 0", "instr 5",
            "ae linsegr 0, 0.005, 1, 0.5, 0.5, 1.4, 0.4, 0.1, 0", "as sfplay3m 90, p4, ae*0.00001, 1, 0",
            "as butterlp as, 4000", "aL, aR pan2 as, p5", "outs aL, aR", "endin"]
    score = []
    for v, key in enumerate(spec.SAMPLED_KEYS):
        start_s = v / 32
        while start_s < seconds:
            score.append(f"i5 {start_s:.4f} {min(1.9, seconds - start_s):.4f} {key} {v / 63:.3f}")
            start_s += 2.0
    return code, score


def command(work: str, seconds: float, folder: Path, python: str) -> list[str]:
    """Render `seconds` of a workload."""
    parts = []
    if work in ("W1", "W5"):
        parts.append(_mixer(seconds, folder))
    if work in ("W2", "W5"):
        parts.append(_strings(seconds))
    if work == "W3":
        parts.append(_sampler(seconds))
    if work in ("W4", "W5"):
        parts.append(_bars(seconds))
    code = [f"sr = {spec.RATE_HZ}", f"ksmps = {spec.BLOCK_FRAMES}", "nchnls = 2", "0dbfs = 1", "gaL init 0", "gaR init 0"]
    code += [line for part, _ in parts for line in part]
    score = [line for _, part in parts for line in part]
    path = folder / f"csound-{work}-{seconds:g}.csd"
    path.write_text("\n".join(["<CsoundSynthesizer>", "<CsInstruments>", *code, "</CsInstruments>", "<CsScore>", *score,
                               f"e {seconds}", "</CsScore>", "</CsoundSynthesizer>", ""]), encoding="utf-8")
    return ["csound", "-n", "-d", "-m0", "-j1", str(path)]
