import json
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import callback, history, latency, rendering, results
from benchmarks.__main__ import MODULES, main
from benchmarks.drive import play
from benchmarks.peers import compare, csound, fluidsynth, ours
from benchmarks.workloads import VOICES, WORKLOADS, band, workload


def read(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_keeps_the_voices_it_claims_sounding(name):
    work = workload(name, 2.6)
    times = play(work.engine, work.events, work.heard, 2.6)
    assert times.fewest_voices == times.voices == VOICES[name]
    assert work.engine.state["faults"] == 0


@pytest.mark.parametrize("voices", [0, 16, 64])
def test_a_band_has_exactly_the_voices_asked_for(voices):
    work = band(voices, 2.2)
    times = play(work.engine, work.events, work.heard, 2.2, warm_s=0.2)
    assert times.fewest_voices == times.voices == voices


def test_the_strings_are_struck_twice_a_second_and_the_sampler_every_other_second():
    for name, a_second in (("W2", 2 * 64), ("W3", 0.5 * 64), ("W4", 2 * 32)):
        events = workload(name, 10.0).events
        assert (events["kind"] == 1).sum() / 10.0 == pytest.approx(a_second)


@pytest.mark.parametrize("what", ["kernels", "callback", "latency", "render"])
def test_a_command_writes_a_line_of_json_with_its_circumstances(tmp_path, what):
    main([what, "--quick", "--results", str(tmp_path)])
    (line,) = read(tmp_path / f"{what}.jsonl")
    assert line["what"] == what
    assert {"time", "commit", "clean", "machine", "python", "numba"} <= line.keys()
    assert line["figures"]


def test_lines_are_added_behind_those_that_are_there(tmp_path):
    for number in range(3):
        results.record("test", {"number": number}, tmp_path)
    assert [line["figures"]["number"] for line in read(tmp_path / "test.jsonl")] == [0, 1, 2]


def test_what_is_not_measured_yet_is_said(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(history, "points", lambda folder: [])
    main(["history", "--results", str(tmp_path)])
    assert "first run" in capsys.readouterr().out.replace("\n", " ")


def test_an_unknown_word_is_answered_with_what_there_is(capsys):
    with pytest.raises(SystemExit):
        main(["kernel"])
    said = capsys.readouterr().err
    assert all(name in said for name in ("kernel;", *MODULES))


def test_the_history_has_one_line_a_commit_and_machine(tmp_path, monkeypatch):
    rows = [{"block_frames": 64, "voices": 64, "busy": False, "p50": 10.0, "p99": 20.0, "max": 30.0}]
    monkeypatch.setattr(callback, "HISTORY", tmp_path / "history.jsonl")
    for name, clean, kept in (("aaaa", True, 1), ("aaaa", True, 1), ("bbbb", False, 1), ("bbbb", True, 2)):
        monkeypatch.setattr(callback, "commit", lambda name=name, clean=clean: (name, clean))
        assert callback.remember(rows) is clean
        assert len(read(tmp_path / "history.jsonl")) == kept
    found = history.points(tmp_path, tmp_path / "history.jsonl")
    assert found == [("aaaa", {"64": [10.0, 20.0, 30.0]}), ("bbbb", {"64": [10.0, 20.0, 30.0]})]


def test_the_history_is_drawn(tmp_path):
    pytest.importorskip("matplotlib")
    found = [("aaaa", {"16": [1.0, 2.0, 3.0], "64": [2.0, 3.0, 9.0]}), ("now", {"64": [2.0, 3.0, 9.0]})]
    history.draw(found, tmp_path / "a.png")
    assert (tmp_path / "a.png").read_bytes()[:4] == b"\x89PNG"


def test_a_touch_is_never_lost_and_sounds_after_stamp_and_look_ahead():
    for row in latency.measure(4):
        assert row["lost"] == 0
        assert row["p50_ms"] > 1000.0 * row["engine_frames"] / 48000.0


def test_the_performance_is_as_long_as_it_should_be(tmp_path):
    assert rendering.performance(tmp_path / "a.mid", 0.5) > 100
    assert rendering.measure(0.05)["seconds"] == pytest.approx(3.0 + 3.0, abs=1.1)


@pytest.mark.skipif(not hasattr(compare.os, "wait4"), reason="this system does not tell the processor time of a child")
def test_our_own_side_of_the_comparison_tells_its_processor_time(tmp_path):
    command = ours.command("W4", 0.3, tmp_path, sys.executable)
    printed = subprocess.run(command, cwd=results.ROOT, capture_output=True, text=True, check=True).stdout
    assert float(printed.rpartition("CPU ")[2]) > 0


def test_peers_that_are_missing_are_named_and_left_out(tmp_path, monkeypatch, capsys):
    for module in (csound, fluidsynth):
        monkeypatch.setattr(module.shutil, "which", lambda name: None)
    monkeypatch.setattr(compare, "_compare", lambda *arguments: [])
    compare.main(True, tmp_path, "no-such-python", 1, ("W3",))
    said = capsys.readouterr().out
    assert "SuperCollider is left out" in said
    assert "FluidSynth is left out" in said
