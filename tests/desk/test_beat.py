"""The pages' beat against the engine: what the page works out from one message is where the engine is later."""
import json
import math
import subprocess
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable

from imm_audio.desk.song_view import song_view
from imm_audio.kernels.engine.events import FORM, TEMPO
from imm_audio.kernels.music.terms import (
    AT_ONCE,
    COUNTING,
    ENDING,
    FORM_AGAIN,
    FORM_GO,
    FORM_JUMP,
    FORM_LOOP,
    HOLDING,
    NEXT_BAR,
    NEXT_BEAT,
    PLAYING,
    STOPPED,
)
from imm_audio.songs.leading import form_events, form_of_song, hold_events, start_events, wait_events
from imm_audio.songs.making import section, song
from imm_audio.songs.song import Syllable, Words
from tests.kernels.engine.studio import RATE, engine

BEAT_JS = Path(__file__).parents[2] / "imm_audio" / "desk" / "static" / "lib" / "beat.js"
PIECE = song("x", [section("verse", "verse", 9, words=[Words((Syllable(0, "a"),))]), section("chorus", "chorus", 8)],
             pickup_beats=1, tempo_bpm=120.0)


def run_js(code, given):
    """The answer of a module that imports beat.js as `beat` and is given `given`; it has to set `answer`."""
    node, _ = compute_driver_executable()
    source = (f"import * as beat from {json.dumps(BEAT_JS.as_uri())};\nlet answer;\nconst given = {json.dumps(given)};\n"
              f"{code}\nconsole.log(JSON.stringify(answer));")
    ran = subprocess.run([node, "--no-warnings", "--input-type=module"],
                         input=source, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return json.loads(ran.stdout)


def told(music):
    """The engine's present moment as pages are told it; its frames stand for the clock."""
    moment, form = music.moment(), music.state["form"]
    leap = float(moment.leap_place)
    return {"at_s": float(moment.frame) / RATE, "beats": float(moment.beats),
            "beats_per_s": float(moment.beats_per_frame) * RATE,
            "mode": int(moment.mode), "place": float(moment.place), "place_per_s": float(moment.place_per_frame) * RATE,
            "leap_place": None if math.isinf(leap) else leap, "leap_to": float(moment.leap_to),
            "pulse_beats": float(form["pulse_beats"]), "meter_beats": float(form["meter_beats"]), "origin": 0.0,
            "armed": int(form["armed"]), "section": int(form["section"])}


class Band:
    """An engine that plays PIECE."""

    def __init__(self, *wishes, again=False):
        self.music = engine()
        self.say((TEMPO, 0, 0, 0.0, 120.0), *form_events(form_of_song(PIECE, again)), *wishes)

    def say(self, *events):
        for kind, player, channel, key, value in events:
            assert self.music.push(kind, player, channel, key, value)

    def run(self, seconds):
        """Play, and tell the moment about every tenth of a second; not on beats, for the engine's moments are 2 ms old."""
        rows = []
        for _ in range(round(seconds * 10)):
            self.music.process(None, RATE // 10 + 8)
            rows.append(told(self.music))
        return rows


def foretold(first, rows):
    """What beat.js makes of the message `first` at the times of the others."""
    return run_js("answer = given.rows.map((row) => beat.beatAt(given.first, row.at_s, given.song));",
                  {"first": first, "rows": rows, "song": song_view(PIECE, 1)})


def assert_alike(first, rows, modes=True):
    for row, found in zip(rows, foretold(first, rows), strict=True):
        assert found["place"] == pytest.approx(row["place"], abs=1e-6), row
        assert found["beats"] == pytest.approx(row["beats"], abs=1e-6)
        if modes:
            assert found["mode"] == row["mode"], row


def test_the_count_the_start_and_the_end_are_known_from_one_message():
    band = Band(*start_events(form_of_song(PIECE), "count"))
    first, *rows = band.run(13.5)
    assert {row["mode"] for row in rows} == {COUNTING, PLAYING, ENDING}
    assert_alike(first, rows)


def test_pulses_are_counted_down_to_the_pick_up():
    band = Band(*start_events(form_of_song(PIECE), "count"))
    rows = band.run(4.0)
    counted = [row for row in rows if row["mode"] == COUNTING]
    found = [now["pulsesToGo"] for now in foretold(rows[0], counted)]
    assert found == [math.ceil((-1.0 - row["place"]) - 1e-6) for row in counted]
    assert (found[0], found[-1], len(set(found))) == (7, 1, 7)


def test_a_loop_goes_round_as_often_as_it_likes():
    band = Band((FORM, 0, FORM_GO, float(AT_ONCE), 0.0), (FORM, 0, FORM_LOOP, 0.0, 0.0))
    first, *rows = band.run(14.0)
    assert_alike(first, rows)
    assert foretold(first, rows)[-1]["leaps"] >= 2


def test_a_song_that_begins_anew_leaps_back_into_its_pick_up():
    band = Band((FORM, 0, FORM_GO, float(AT_ONCE), 0.0), again=True)
    band.run(6.0)
    band.say((FORM, 0, FORM_AGAIN, 0.0, 1.0))
    first, *rows = band.run(4.0)
    assert first["leap_place"] == 16.0
    assert_alike(first, rows)
    assert foretold(first, rows)[-1]["leaps"] == 1


@pytest.mark.parametrize(("when", "place"), [(NEXT_BAR, 8.0), (NEXT_BEAT, 0.0)])
def test_a_jump_forward_or_back_happens_on_its_beat(when, place):
    band = Band((FORM, 0, FORM_GO, float(AT_ONCE), 0.0))
    band.run(1.2)
    band.say((FORM, 0, FORM_JUMP, float(when), place))
    first, *rows = band.run(1.5)
    assert first["leap_place"] is not None
    assert_alike(first, rows)


def test_waiting_goes_round_and_a_held_chord_stands_while_the_beat_goes_on():
    band = Band((FORM, 0, FORM_GO, float(AT_ONCE), 0.0))
    band.run(1.0)
    band.say(*wait_events(True))
    first, *rows = band.run(5.0)
    assert {row["mode"] for row in rows} == {HOLDING}
    assert_alike(first, rows)
    band.say(*wait_events(False))
    first, *rows = band.run(1.0)
    assert rows[-1]["mode"] in (HOLDING, PLAYING)
    assert_alike(first, rows, modes=False)
    band.run(3.0)
    band.say(*hold_events())
    first, *rows = band.run(2.0)
    assert_alike(first, rows)
    assert foretold(first, rows)[-1]["pulseCount"] - foretold(first, rows)[0]["pulseCount"] == 4


def test_a_song_that_stands_does_not_move():
    band = Band()
    first, *rows = band.run(2.0)
    assert {row["mode"] for row in rows} == {STOPPED}
    found = foretold(first, rows)
    assert {now["place"] for now in found} == {first["place"]}
    assert found[-1]["beats"] == pytest.approx(rows[-1]["beats"], abs=1e-6)


def test_what_is_heard_now_is_told_by_the_message_whose_moment_is_over():
    row = {"beats": 0.0, "beats_per_s": 2.0, "mode": PLAYING, "place_per_s": 2.0, "leap_place": None, "leap_to": 0.0,
           "pulse_beats": 1.0, "meter_beats": 4.0}
    rows = [{**row, "at_s": 10.0, "place": 30.0}, {**row, "at_s": 12.0, "place": 4.0}]
    found = run_js("""
        const track = new beat.BeatTrack();
        const before = track.now(9);
        given.forEach((row) => track.hear(row));
        answer = [before, ...[9.5, 11.9, 12, 13].map((at) => track.now(at).place)];
        track.hear({ ...given[0], at_s: 3, place: 1 });
        answer.push(track.now(3).place, track.now(13).place);""", rows)
    assert found == [None, 29.0, pytest.approx(33.8), 4.0, 6.0, 1.0, 21.0]


@pytest.mark.parametrize(("pulse", "meter", "place", "found"), [
    (1.0, 4.0, 5.5, (1, 1, 4, 0.5)), (1.5, 3.0, 4.5, (1, 1, 2, 0.0)), (1.0, 3.0, -1.0, (-1, 2, 3, 0.0)),
    (0.5, 3.5, 3.25, (0, 6, 7, 0.5))])
def test_bars_and_pulses(pulse, meter, place, found):
    row = {"at_s": 0.0, "beats": 0.0, "beats_per_s": 1.0, "mode": PLAYING, "place": place, "place_per_s": 1.0,
           "leap_place": None, "leap_to": 0.0, "pulse_beats": pulse, "meter_beats": meter}
    now = run_js("answer = beat.beatAt(given, 0);", row)
    assert (now["bar"], now["pulse"], now["pulses"], now["phase"]) == pytest.approx(found, abs=1e-6)


def test_the_way_to_a_place_leads_over_the_leap():
    found = run_js("""
        const now = (place, leap) => ({ place, leap });
        answer = [[now(2, null), 6], [now(6, null), 2], [now(6, {place: 8, to: 0}), 2], [now(6, {place: 8, to: 0}), 7],
                  [now(6, {place: 8, to: 4}), 2], [now(2, {place: 4, to: 12}), 8], [now(2, {place: 4, to: 12}), 13]]
          .map(([now, place]) => beat.beatsUntil(now, place));""", None)
    assert found == [4, None, 4, 1, None, None, 3]


@pytest.mark.parametrize(("pulses_per_s", "pulses"), [(1.0, 1), (3.0, 1), (3.1, 2), (6.5, 4)])
def test_nothing_changes_more_than_three_times_a_second(pulses_per_s, pulses):
    assert run_js("answer = beat.pulsesPerFlash({ pulsesPerS: given });", pulses_per_s) == pulses


def test_the_last_that_has_begun_is_found():
    found = run_js("answer = [-1, 0, 1.5, 2, 9].map((at) => beat.lastBegun(given, at, (x) => x));", [0, 1, 2])
    assert found == [-1, 0, 1, 2, 2]
