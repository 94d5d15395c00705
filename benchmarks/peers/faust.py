"""Faust, to C++, compiled by g++ -Ofast -march=native; vector code where it is faster than scalar: with the mixer."""
import shutil
import subprocess
from pathlib import Path

import numpy as np

from . import spec

NAME = "Faust"
WORKLOADS = ("W1", "W2", "W4", "W5")
_VECTOR = ("-vec", "-vs", str(spec.BLOCK_FRAMES), "-lv", "1")

DRIVER = r"""
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>
#ifdef __SSE__
#include <xmmintrin.h>
#endif
#define FAUSTFLOAT float
struct Meta { void declare(const char*, const char*) {} };
struct UI {
  void openVerticalBox(const char*) {} void openHorizontalBox(const char*) {} void closeBox() {}
  void declare(float*, const char*, const char*) {} void addCheckButton(const char*, float*) {}
  void addHorizontalSlider(const char*, float*, float, float, float, float) {}
  void addVerticalSlider(const char*, float*, float, float, float, float) {}
};
struct dsp { virtual ~dsp() {} };
<<includeIntrinsic>>
<<includeclass>>
int main(int, char** words) {
#ifdef __SSE__
  _mm_setcsr(_mm_getcsr() | 0x8040);
#endif
  long blocks = atof(words[1]) * 48000 / 64;
  mydsp* d = new mydsp();
  d->init(48000);
  std::vector<float> in(64 * 8), out(128), heard;
  FILE* f = fopen(words[2], "rb");
  float *ip[8], *op[2] = {&out[0], &out[64]};
  for (int i = 0; i < 8; i++) ip[i] = &in[i * 64];
  fseek(f, 0, SEEK_END);
  heard.resize(ftell(f) / 4);
  rewind(f);
  if (fread(&heard[0], 4, heard.size(), f) != heard.size()) return 1;
  double sum = 0;
  size_t p = 0;
  for (long b = 0; b < blocks; b++) {
    if (d->getNumInputs()) {
      if (p + 512 > heard.size()) p = 0;
      for (int i = 0; i < 64; i++) for (int k = 0; k < 8; k++) ip[k][i] = heard[p++];
    }
    d->compute(64, ip, op);
    for (int i = 0; i < 128; i++) sum += out[i] * out[i];
  }
  fprintf(stderr, "rms %g\n", sqrt(sum / blocks / 128));
  return 0;
}
"""


def missing(python: str) -> str:
    """Why it can't run."""
    absent = [name for name in ("faust", "g++") if shutil.which(name) is None]
    return f"no {' and no '.join(absent)} on this computer" if absent else ""


def _text(x: float) -> str:
    return repr(float(x))


def _mixer() -> list[str]:
    coefficients = [spec.highpass(spec.HIGHPASS_HZ), *(spec.bell(*bell) for bell in spec.BELLS)]
    filters = " : ".join(f"fi.tf22t({','.join(_text(v) for v in row)})" for row in coefficients)
    angles = (spec.PAN + 1) * np.pi / 4
    pans = ",".join(f"(strip <: *({_text(spec.GAIN * np.cos(t))}),*({_text(spec.GAIN * np.sin(t))}))" for t in angles)
    wet, dry = spec.REVERB_MIX, 1 - spec.REVERB_MIX
    return [
        f"strip = {filters} : co.compressor_mono({spec.RATIO},{spec.THRESHOLD_DB},{spec.ATTACK_S},{spec.RELEASE_S});",
        f"verb = _,_ <: (*({dry}),*({dry})),(*(0.03),*(0.03) : re.stereo_freeverb({0.7 + 0.28 * spec.REVERB_ROOM},0.5,"
        f"{0.4 * spec.REVERB_DAMP},23) : *({wet}),*({wet})) :> _,_;",
        f"W1 = ({pans}) :> _,_ : verb : co.limiter_1176_R4_stereo;"]


def _strings() -> list[str]:
    period, angles = int(spec.RATE_HZ / spec.STRIKES_HZ), (np.linspace(-1, 1, spec.STRINGS) + 1) * np.pi / 4
    voices = []
    for i, hz in enumerate(spec.STRING_HZ):
        d = spec.RATE_HZ / hz - spec.STRING_POLE / (1 - spec.STRING_POLE)
        feedback = 10 ** (-3 / (hz * spec.STRING_T60_S))
        left, right = spec.STRING_LEVEL * np.cos(angles[i]), spec.STRING_LEVEL * np.sin(angles[i])
        voices.append(f"(str({i * period // spec.STRINGS},{int(d)},{_text(d - 1)},{_text(feedback)}) <: *({_text(left)}),"
                      f"*({_text(right)}))")
    return [f"cnt = (+(1) : %({period})) ~ _;", "burst(ph,n) = select2((cnt >= ph) & (cnt < ph+n), 0.0, no.noise);",
            f"pole = *({1 - spec.STRING_POLE}) : + ~ *({spec.STRING_POLE});",
            "str(ph,n,d,fb) = burst(ph,n) : + ~ (de.fdelayltv(3,1024,d) : *(fb) : pole);",
            "W2 = " + ",\n".join(voices) + " :> _,_;"]


def _bars() -> list[str]:
    period, angles = int(spec.RATE_HZ / spec.STRIKES_HZ), (np.linspace(-1, 1, spec.BARS) + 1) * np.pi / 4
    voices = []
    for i, hz in enumerate(spec.BAR_HZ):
        partials = []
        for ratio, level, t60_s in zip(spec.PARTIAL_RATIO, spec.PARTIAL_LEVEL, spec.PARTIAL_T60_S, strict=True):
            w, r = 2 * np.pi * hz * ratio / spec.RATE_HZ, 10 ** (-3 / (t60_s * spec.RATE_HZ))
            strike = level * np.sin(w) * spec.BAR_LEVEL
            partials.append(f"res({_text(2 * r * np.cos(w))},{_text(-r * r)},{_text(strike)})")
        voices.append(f"((mcnt == {i * period // spec.BARS}) <: {','.join(partials)} :> _ <: *({_text(np.cos(angles[i]))}),"
                      f"*({_text(np.sin(angles[i]))}))")
    return [f"mcnt = (+(1) : %({period})) ~ _;", "res(a1,a2,g) = + ~ (_ <: *(a1),(mem : *(a2)) :> _) : *(g);",
            "W4 = " + ",\n".join(voices) + " :> _,_;"]


def _source(work: str) -> str:
    lines = ['import("stdfaust.lib");']
    for name, part in (("W1", _mixer), ("W2", _strings), ("W4", _bars)):
        if work in (name, "W5"):
            lines += part()
    return "\n".join([*lines, f"process = {work if work != 'W5' else 'W1,W2,W4 :> _,_'};", ""])


def _build(work: str, folder: Path) -> Path:
    program = folder / f"faust-{work}"
    if not program.exists():
        source, driver = program.with_suffix(".dsp"), folder / "faust-driver.cpp"
        source.write_text(_source(work), encoding="utf-8")
        driver.write_text(DRIVER, encoding="utf-8")
        options = _VECTOR if work in ("W1", "W5") else ()
        subprocess.run(["faust", "-single", "-ftz", "0", *options, "-a", str(driver), str(source), "-o", f"{program}.cpp"],
                       check=True, capture_output=True)
        subprocess.run(["g++", "-Ofast", "-march=native", "-fno-math-errno", f"{program}.cpp", "-o", str(program)],
                       check=True, capture_output=True)
    return program


def command(work: str, seconds: float, folder: Path, python: str) -> list[str]:
    """Render `seconds` of a workload."""
    heard = folder / "in.f32"
    if not heard.exists():
        spec.sound_in(4.0).tofile(heard)
    return [str(_build(work, folder)), str(seconds), str(heard)]
