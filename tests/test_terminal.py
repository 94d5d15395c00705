import numpy as np
from rich.console import Console

from imm_audio.block import ENGINE, bytes_of, tell
from imm_audio.engine import Engine, Settings
from imm_audio.kernels.engine.events import NOTE_ON, SOUND
from imm_audio.kernels.voices.part import PLUCK
from imm_audio.room.recorder import set_microphones
from imm_audio.terminal import View, meter, words_for_time


def shown(view, hint="Press Ctrl-C to end."):
    console = Console(width=100)
    with console.capture() as captured:
        console.print(view.screen("Daisy Bell: bar 3 of 32", hint))
    return captured.get()


def test_a_meter_is_full_at_full_scale_and_empty_at_its_floor():
    assert meter(1.0) == "#" * 24
    assert meter(0.0) == meter(10 ** (-48 / 20)) == "." * 24
    assert meter(10 ** (-24 / 20)).count("#") == 12


def test_times_read_as_clocks_do():
    assert words_for_time(123.9) == "2:03"
    assert words_for_time(3723) == "1:02:03"


def test_the_screen_shows_who_plays_and_what_was_said():
    engine = Engine.create(Settings(8000.0, 2))
    engine.header["players"][0] = bytes_of("Rosa's piano", 64)
    engine.header["device"] = b"USB interface"
    tell(engine.header, ENGINE, "Piano is unplugged. It will come back by itself.")
    engine.push(SOUND, 0, 0, PLUCK, 0)
    engine.push(NOTE_ON, 0, 0, 60, 1.0)
    engine.process(np.zeros((800, 2), "f4"), 800)
    text = shown(View(engine))
    assert "USB interface" in text
    assert "Daisy Bell: bar 3 of 32" in text
    assert "Piano is unplugged. It will come back by itself." in text
    row = next(line for line in text.splitlines() if "Rosa's piano" in line)
    assert "#" in row
    assert "#" not in next(line for line in text.splitlines() if "Microphone 1" in line)
    assert "Not recording" in text


def test_the_line_of_the_take_says_whether_microphones_are_kept_now():
    engine = Engine.create(Settings(8000.0, 2))
    engine.header["take"]["folder"] = b"/takes/Hello"
    engine.header["take"]["next_frame"] = 80_000
    view = View(engine)
    assert 'Recording "Hello" without microphones: 0:10' in shown(view)
    set_microphones(engine, True, {"people": 4, "parents": True, "said_at": ""})
    assert 'Recording "Hello" with microphones: 0:10' in shown(view)
    set_microphones(engine, False)
    assert 'Recording "Hello" without microphones: 0:10' in shown(view)
    alone = Engine.create(Settings(8000.0))
    alone.header["take"]["folder"] = b"/takes/Hello"
    assert 'Recording "Hello": 0:00' in shown(View(alone))


def test_news_are_told_once():
    engine = Engine.create(Settings(8000.0))
    view = View(engine)
    tell(engine.header, ENGINE, "Hello.")
    assert [line.plain[-6:] for line in view.news()] == ["Hello."]
    assert view.news() == []
