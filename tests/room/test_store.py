"""The session's file: whole or not at all, read again after anything, and never lost."""
import contextlib
import errno
import json
import os
import time
from datetime import datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imm_audio.room import store
from imm_audio.room.model import Consent, Present, RoomFile, Step
from imm_audio.room.store import FILE_NAME, INTERRUPTED_S, Keeper, load, new_meeting, read, save, text_of


def a_room(**fields):
    room = new_meeting()
    room.people = [Present(id="00000001", sign="🦊", nickname="Rosa", seat=3, controller="Keyboard", instrument="koto"),
                   Present(id="00000002", sign="🐢", seat=4, controller="Pad")]
    room.plan = [Step(id="00000001", title="Hello", done=True)]
    room.step = "00000001"
    room.consent = Consent(microphones=True, people=2)
    for name, value in fields.items():
        setattr(room, name, value)
    return room


def put(folder, room, age_s=0.0):
    folder.mkdir(exist_ok=True)
    save(folder / FILE_NAME, text_of(room))
    os.utime(folder / FILE_NAME, (time.time() - age_s,) * 2)


# --- which meeting --------------------------------------------------------------------------------------------------
def test_without_a_file_a_meeting_begins(tmp_path):
    room, sentences = load(tmp_path / "nowhere")
    assert (room.people, room.consent, sentences) == ([], Consent(), [])


def test_a_meeting_that_was_interrupted_goes_on_with_everything(tmp_path):
    room = a_room()
    put(tmp_path, room, age_s=INTERRUPTED_S / 2)
    assert load(tmp_path) == (room, [])


@pytest.mark.parametrize("age_s", [INTERRUPTED_S * 2, -600.0])
def test_after_a_long_pause_of_the_same_day_everybody_is_asked_again(tmp_path, age_s):
    room = a_room()
    put(tmp_path, room, age_s=age_s)   # changed in the future: the clock was moved
    found, _ = load(tmp_path)
    assert (found.consent, found.people, found.step) == (Consent(), room.people, room.step)


def test_one_that_was_interrupted_at_midnight_goes_on(tmp_path):
    yesterday = (datetime.now().astimezone() - timedelta(days=1)).isoformat(timespec="seconds")
    room = a_room(started=yesterday)
    put(tmp_path, room, age_s=INTERRUPTED_S / 2)
    assert load(tmp_path) == (room, [])


@pytest.mark.parametrize("over", ["ended", "another day"])
def test_one_that_is_over_gives_its_people_and_its_plan_to_the_next(tmp_path, over):
    week = (datetime.now().astimezone() - timedelta(days=7)).isoformat(timespec="seconds")
    before = a_room(ended=True) if over == "ended" else a_room(started=week)
    put(tmp_path, before, age_s=INTERRUPTED_S * 2)
    after, sentences = load(tmp_path)
    assert (after.id != before.id, after.ended, sentences) == (True, False, [])
    assert [(one.nickname, one.seat, one.here, one.instrument) for one in after.people] == [("Rosa", None, False, "koto")]
    assert [(step.title, step.done) for step in after.plan] == [("Hello", False)]
    assert (after.consent, after.step) == (Consent(), None)


# --- files that are none --------------------------------------------------------------------------------------------
HOSTILE = [
    b"", b"\xff\xfe\x00", b"{", b"[]", b"null", b"7", b'"x"', b"[" * 100_000, b'{"schema": 1}', b"9" * 5000, b"x" * 1_000_001,
    text_of(a_room()).replace(b'"seat": 3', b'"seat": 99'), text_of(a_room()).replace(b'"seat": 3', b'"seat": 1e999'),
    text_of(a_room()).replace(b'"volume_db": 0.0', b'"volume_db": NaN'),
    text_of(a_room()).replace(b'"00000002"', b'"00000001"'),
    text_of(a_room()).replace("🐢".encode(), "🦊".encode()), text_of(a_room()).replace(b'"schema": 1', b'"schema": "1"'),
    text_of(a_room()).replace(b'"started": "2', b'"started": "x'), text_of(a_room()).replace(b'"locked"', b'"lokced"'),
    json.dumps({"schema": 1, "people": [{}] * 100_000}).encode()[:900_000],
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_a_file_that_makes_no_sense_is_set_aside_as_it_is_and_a_meeting_begins(tmp_path, text):
    (tmp_path / FILE_NAME).write_bytes(text)
    room, sentences = load(tmp_path)
    assert room.people == []
    assert sentences == ["session.json can't be used, because it makes no sense. It lies in session.json.broken now, and a new "
                         "session begins."]
    assert (tmp_path / "session.json.broken").read_bytes() == text
    assert not (tmp_path / FILE_NAME).exists()


def test_what_was_set_aside_before_stays(tmp_path):
    for number in range(3):
        (tmp_path / FILE_NAME).write_text(f"broken {number}")
        load(tmp_path)
    kept = ["session.json.broken", "session.json.broken-2", "session.json.broken-3"]
    assert [(tmp_path / name).read_text() for name in kept] == ["broken 0", "broken 1", "broken 2"]


def test_the_file_of_a_later_version_is_set_aside_for_it(tmp_path):
    text = text_of(a_room()).replace(b'"schema": 1', b'"schema": 2, "more": 1')
    (tmp_path / FILE_NAME).write_bytes(text)
    room, sentences = load(tmp_path)
    assert (room.people, (tmp_path / "session.json.newer").read_bytes()) == ([], text)
    assert "newer imm_audio" in sentences[0]


def test_a_folder_in_place_of_the_file_is_set_aside_too(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    _, sentences = load(tmp_path)
    assert "session.json.broken" in sentences[0]


def test_two_people_on_one_chair_by_hand_are_parted():
    text = text_of(a_room()).replace(b'"seat": 4', b'"seat": 3').replace(b'"step": "00000001"', b'"step": "0000000f"')
    room = read(text)
    assert [person.seat for person in room.people] == [3, None]
    assert room.step is None


def test_a_file_from_before_there_were_rooms_and_voices_is_read():
    found = json.loads(text_of(a_room()))
    for name in ("space", "share_microphones"):
        del found[name]
    for person in found["people"]:
        del person["warm_voice"], person["second_voice"]
    room = read(json.dumps(found).encode())
    assert (room.space, room.share_microphones, room.people[0].warm_voice, room.people[0].second_voice) == (
        "lounge", True, False, "none")


def test_more_second_voices_than_there_can_be_by_hand_are_fewer():
    room = a_room()
    room.people = [Present(id=f"0000000{n}", sign=str(n), microphone=n, second_voice="low") for n in range(4)]
    assert [person.second_voice for person in read(text_of(room)).people] == ["low", "low", "none", "none"]


JSON = st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(), lambda inner: (
    st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from([*RoomFile.model_fields, "schema", "x"]), inner, max_size=6)),
    max_leaves=12)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=400) | JSON.map(lambda value: json.dumps(value).encode()))
def test_whatever_lies_there_is_a_room_or_no_room(text):
    with contextlib.suppress(ValueError):
        assert read(text).version == 1


# --- writing --------------------------------------------------------------------------------------------------------
class Crash(BaseException):
    """The power is gone."""


@pytest.mark.parametrize("moment", ["open", "write", "flush", "fsync", "replace"])
def test_a_crash_at_any_moment_of_saving_leaves_a_whole_file(tmp_path, monkeypatch, moment):
    old, new, real_open = a_room(), a_room(language="de"), type(tmp_path).open
    put(tmp_path, old)

    def crash(*_):
        raise Crash

    class File:
        """A file whose power fails at one moment; half of what is written reaches the disk before."""

        def __init__(self, path):
            self._file = real_open(path, "wb")
            if moment == "open":
                crash()

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._file.close()

        def write(self, text):
            self._file.write(text[:len(text) // 2] if moment == "write" else text)
            if moment == "write":
                crash()

        def flush(self):
            self._file.flush()
            if moment == "flush":
                crash()

        def fileno(self):
            return self._file.fileno()

    monkeypatch.setattr(type(tmp_path), "open", lambda self, mode: File(self) if mode == "wb" else real_open(self, mode))
    if moment in ("fsync", "replace"):
        monkeypatch.setattr(store.os, moment, crash)
    with pytest.raises(Crash):
        save(tmp_path / FILE_NAME, text_of(new))
    monkeypatch.undo()
    assert load(tmp_path) == (old, [])


def test_a_save_that_fails_leaves_nothing_behind(tmp_path, monkeypatch):
    put(tmp_path, a_room())
    monkeypatch.setattr(store.os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "No space left on device")))
    with pytest.raises(OSError, match="No space"):
        save(tmp_path / FILE_NAME, b"new")
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_a_full_disk_is_told_once_and_written_as_soon_as_there_is_room(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "AGAIN_S", 0.001)
    monkeypatch.setattr(store, "PAUSE_AFTER_S", 0.0)
    told, tried, full = [], [], [True]

    def write(path, text):
        tried.append(text)
        if full[0]:
            raise OSError(errno.ENOSPC, "No space left on device")
        save(path, text)

    keeper = Keeper(tmp_path, told.append, write)
    keeper.keep(b"one")
    while len(tried) < 3:
        keeper._thread.join(0.001)
    keeper.keep(b"two")
    full[0] = False
    while keeper._written != b"two":
        keeper._thread.join(0.001)
    keeper.close()
    assert (tmp_path / FILE_NAME).read_bytes() == b"two"
    assert told == [f"The session can't be kept in {tmp_path / FILE_NAME}: No space left on device. The music goes on."]


def test_what_was_said_last_is_on_the_disk_at_the_end(tmp_path):
    keeper = Keeper(tmp_path / "new folder", lambda sentence: pytest.fail(sentence))
    for number in range(100):
        keeper.keep(str(number).encode())
    keeper.close()
    assert (tmp_path / "new folder" / FILE_NAME).read_bytes() == b"99"


def test_the_file_of_a_meeting_that_goes_on_unchanged_stays_young(tmp_path, monkeypatch):
    monkeypatch.setattr(store, "ALIVE_S", 0.001)
    monkeypatch.setattr(store, "PAUSE_AFTER_S", 0.0)
    put(tmp_path, a_room(), age_s=INTERRUPTED_S * 2)
    keeper = Keeper(tmp_path, lambda sentence: pytest.fail(sentence))
    while time.time() - (tmp_path / FILE_NAME).stat().st_mtime > INTERRUPTED_S:
        keeper._thread.join(0.001)
    keeper.close()
    assert load(tmp_path)[0].consent.microphones


def test_a_room_reads_itself_back():
    room = a_room()
    assert read(text_of(room)) == room
