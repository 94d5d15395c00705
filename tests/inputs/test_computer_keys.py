import contextlib
import os
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imm_audio.inputs.computer_keys import NOTE_S, VELOCITY, ComputerKeys, LetterPiano
from imm_audio.kernels.engine.events import NOTE_OFF, NOTE_ON


def test_two_rows_of_letters_are_a_piano_from_middle_c():
    piano = LetterPiano()
    assert [key for _, key, _ in piano.press("awsedftgyhujkolp;", 0.0)] == list(range(60, 77))
    assert LetterPiano().press("a", 0.0) == [(NOTE_ON, 60, VELOCITY)]


def test_other_keys_do_nothing():
    assert LetterPiano().press("qr!0 \n\x00ä", 0.0) == []


def test_a_note_ends_by_itself():
    piano = LetterPiano()
    piano.press("a", 0.0)
    assert piano.expire(NOTE_S - 0.001) == []
    assert piano.expire(NOTE_S) == [(NOTE_OFF, 60, 0.0)]
    assert piano.expire(NOTE_S) == []


def test_a_repeating_key_goes_on_sounding():
    piano = LetterPiano()
    piano.press("a", 0.0)
    for step in range(1, 40):
        assert piano.expire(0.03 * step) + piano.press("a", 0.03 * step) == []


def test_the_same_key_struck_again_sounds_again():
    piano = LetterPiano()
    piano.press("a", 0.0)
    assert piano.press("a", 0.2) == [(NOTE_OFF, 60, 0.0), (NOTE_ON, 60, VELOCITY)]


def test_a_held_note_is_let_go_where_it_began_when_the_octave_changes():
    piano = LetterPiano()
    assert [key for _, key, _ in piano.press("axa", 0.0)] == [60]  # still the same note: its key repeats
    assert piano.press("s", 0.0) == [(NOTE_ON, 74, VELOCITY)]
    assert {key for _, key, _ in piano.expire(9.0)} == {60, 74}


def test_octaves_stop_at_both_ends():
    piano = LetterPiano()
    assert piano.press("z" * 20 + "a" + "x" * 20 + "s", 0.0) == [(NOTE_ON, 24, VELOCITY), (NOTE_ON, 98, VELOCITY)]


def test_arrow_and_function_keys_are_no_letters():
    assert LetterPiano().press("\x1b[A\x1bOD\x1b[15~\x1b[1;5D", 0.0) == []


@given(st.lists(st.tuples(st.text("azxw;\x1b[Aq", max_size=5), st.floats(0, 0.5))))
def test_every_note_that_begins_ends(strokes):
    piano, now_s, held = LetterPiano(), 0.0, []
    for text, wait_s in strokes:
        now_s += wait_s
        for kind, key, _ in piano.expire(now_s) + piano.press(text, now_s):
            held.append(key) if kind == NOTE_ON else held.remove(key)
    for _, key, _ in piano.expire(now_s + 2 * NOTE_S):
        held.remove(key)
    assert held == []


def test_without_a_terminal_nothing_is_pressed(monkeypatch):
    monkeypatch.setattr(sys, "stdin", None)
    with ComputerKeys() as keys:
        assert keys.poll() == []


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no pseudo-terminals of this kind")
def test_the_terminal_gives_keys_at_once_and_is_put_back_after_an_error(monkeypatch):
    import pty
    import termios

    ours, theirs = pty.openpty()
    with os.fdopen(theirs) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        before = termios.tcgetattr(theirs)
        keys = ComputerKeys(lambda: 1.0)
        with contextlib.suppress(KeyboardInterrupt), keys:
            assert termios.tcgetattr(theirs) != before
            os.write(ours, b"as")
            assert [key for _, key, _ in keys.poll()] == [60, 62]
            raise KeyboardInterrupt
        assert termios.tcgetattr(theirs) == before
    os.close(ours)
