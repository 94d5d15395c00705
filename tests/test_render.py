import mido
import numpy as np
import pytest
import soundfile
from typer.testing import CliRunner

from imm_audio.cli import app
from imm_audio.engine import Engine, Settings
from imm_audio.inputs.midi_file import read_performance
from imm_audio.inputs.midi_port import OWN_BANK
from imm_audio.kernels.engine.state import FROM_INPUTS
from imm_audio.render import render, render_file
from imm_audio.soundfont import general_midi, read_soundfont
from imm_audio.tunings.told import tuning_events

RATE_HZ = 48000


@pytest.fixture(scope="module")
def sound_bank():
    return read_soundfont(general_midi())


@pytest.fixture(scope="module")
def performance(tmp_path_factory):
    """Piano with pedal, strings, bent guitar and drums, two seconds."""
    path = tmp_path_factory.mktemp("midi") / "band.mid"
    file = mido.MidiFile(ticks_per_beat=480)
    track = mido.MidiTrack()
    file.tracks.append(track)
    for channel, program in ((0, 0), (1, 48), (2, 27)):
        track.append(mido.Message("program_change", channel=channel, program=program))
    track.append(mido.Message("control_change", control=64, value=127))
    for i in range(12):
        for channel, note in ((0, 60 + i), (1, 48 + i), (2, 40 + i), (9, 36 + i % 8)):
            track.append(mido.Message("note_on", channel=channel, note=note, velocity=60 + 5 * i))
        track.append(mido.Message("pitchwheel", channel=2, pitch=600 * i, time=37))
        for channel, note in ((0, 60 + i), (1, 48 + i), (2, 40 + i), (9, 36 + i % 8)):
            track.append(mido.Message("note_off", channel=channel, note=note, time=13))
    file.save(path)
    return path


def live(events, frames, sound_bank, blocks):
    """The callback driven as a host drives it, in blocks of changing size, each event pushed shortly before its time."""
    engine = Engine.create(Settings(RATE_HZ, sound_bank=sound_bank))
    rows, heard, done = events.tolist(), [], 0
    sizes = iter(blocks)
    while done < frames:
        size = next(sizes)
        while rows and rows[0][0] < done + size + 100:
            frame, kind, player, channel, key, value = rows.pop(0)[:6]
            assert engine.push(kind, player, channel, key, value, frame=frame, ring=FROM_INPUTS)
        heard.append(engine.process(None, size))
        done += size
    return np.concatenate(heard), engine.latency_frames


@pytest.mark.parametrize("sizes", [(64,), (16,), (512,), (441,), (1, 30, 256, 17)])
def test_a_render_has_the_bytes_of_the_live_callback(performance, sound_bank, sizes):
    events, seconds = read_performance(performance, RATE_HZ)
    frames = int(seconds * RATE_HZ)
    rendered = np.concatenate(list(render(Engine.create(Settings(RATE_HZ, sound_bank=sound_bank)), events, frames)))

    def repeated():
        while True:
            yield from sizes

    heard, latency_frames = live(events, frames + 100, sound_bank, repeated())
    assert len(rendered) == frames
    assert np.abs(rendered).max() > 0.05
    assert rendered.tobytes() == heard[latency_frames:latency_frames + frames].tobytes()


def test_the_file_is_24_bit_stereo_and_as_long_as_the_performance(performance, tmp_path):
    out = tmp_path / "band.wav"
    seconds, peak = render_file(performance, out, 44100)
    info = soundfile.info(out)
    assert (info.samplerate, info.channels, info.subtype, info.frames) == (44100, 2, "PCM_24", int(seconds * 44100))
    assert np.abs(soundfile.read(out)[0]).max() == pytest.approx(peak, abs=2**-22)  # rounding to 24 bit


def test_a_place_where_nothing_can_be_written_is_named(performance, tmp_path):
    with pytest.raises(OSError, match="nowhere"):
        render_file(performance, tmp_path / "nowhere" / "band.wav", RATE_HZ)


def test_a_tuning_counts_from_the_very_first_note(tmp_path):
    heard = []
    for key, first in ((60, tuning_events(np.arange(128.0) + 2.0)), (62, ())):
        track = mido.MidiTrack([mido.Message("control_change", control=0, value=OWN_BANK), mido.Message("program_change"),
                                mido.Message("note_on", note=key), mido.Message("note_off", note=key, time=200)])
        mido.MidiFile(tracks=[track]).save(tmp_path / "harp.mid")
        render_file(tmp_path / "harp.mid", tmp_path / "harp.wav", RATE_HZ, first=first)
        heard.append(soundfile.read(tmp_path / "harp.wav")[0])
    assert np.abs(heard[0]).max() > 0.01
    late = int(np.flatnonzero(heard[0][:, 0])[0] - np.flatnonzero(heard[1][:, 0])[0])
    assert 0 <= late <= 48   # the engine takes 64 events a grid step
    np.testing.assert_array_equal(heard[0][late:9600], heard[1][:9600 - late])   # until it is let go


def test_a_missing_set_of_recordings_is_told_and_something_plays(performance, tmp_path):
    out = tmp_path / "band.wav"
    result = CliRunner().invoke(app, ["render", str(performance), str(out), "--sounds", str(tmp_path / "gone.sf2")])
    assert result.exit_code == 0
    told, = [line for line in result.stdout.splitlines() if "gone.sf2" in line]
    assert told.endswith("Made sounds play instead of recorded ones.")
    assert np.abs(soundfile.read(out)[0]).max() > 0.01
