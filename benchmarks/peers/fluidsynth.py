"""FluidSynth, rendering to a file as fast as it can; reverb and chorus off, one core, 64 voices."""
import shutil
from pathlib import Path

from . import spec

NAME = "FluidSynth"
WORKLOADS = ("W3",)


def soundfont() -> Path | None:
    from imm_audio.soundfont import general_midi

    try:
        return spec.soundfont(Path(general_midi()))
    except ValueError:
        return spec.soundfont()


def missing(python: str) -> str:
    """Why it can't run."""
    if shutil.which("fluidsynth") is None:
        return "no fluidsynth on this computer"
    return "" if soundfont() else "no TimGM6mb.sf2 on this computer"


def command(work: str, seconds: float, folder: Path, python: str) -> list[str]:
    """Render `seconds` of W3."""
    settings = {"reverb.active": 0, "chorus.active": 0, "polyphony": spec.SAMPLED, "cpu-cores": 1}
    options = [part for name, value in settings.items() for part in ("-o", f"synth.{name}={value}")]
    return ["fluidsynth", "-ni", "-q", "-r", str(spec.RATE_HZ), "-z", str(spec.BLOCK_FRAMES), *options, "-g", "0.3",
            "-T", "raw", "-O", "float", "-F", str(folder / "fluidsynth.raw"), str(soundfont()),
            str(spec.performance(folder, seconds))]
