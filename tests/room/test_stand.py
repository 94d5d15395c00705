"""The song while everything runs: chosen, changed, led, and told to an engine that begins anew."""
import threading

import pytest

from imm_audio.kernels.engine.events import FOLLOW
from imm_audio.kernels.music.terms import COUNTING, ENDING, FOLLOW_WHO, HOLDING, PLAYING, STOPPED
from imm_audio.room import tunes
from imm_audio.settings import Session
from imm_audio.songs.asked import Music, music_of

#: The third place is followed.
WHO_3 = (FOLLOW, 2, FOLLOW_WHO)


def tempo(meeting):
    return float(meeting.engine.state["transport"]["tempo_bpm"])


@pytest.fixture
def playing(meeting):
    """A meeting in the middle of a song."""
    meeting.do("choose_song", song="skip-to-my-lou")
    meeting.do("start_stop")
    meeting.run(8)
    assert meeting.mode == PLAYING
    return meeting


# --- choosing -------------------------------------------------------------------------------------------------------
def test_a_song_is_ready_and_begins_when_somebody_starts_it(meeting):
    assert meeting.document["song"] is None
    assert meeting.do("start_stop").say == "There is no song yet. Choose one first."
    assert meeting.do("choose_song", song="daisy-bell").ok
    meeting.run(3)
    assert meeting.mode == STOPPED
    meeting.do("start_stop")
    assert meeting.mode == COUNTING
    assert meeting.faults == 0


def test_the_document_says_what_pages_show_of_a_song(meeting):
    meeting.do("choose_song", song="Daisy Bell (A Bicycle Built for Two)")
    song = meeting.document["song"]
    assert (song["name"], song["meter"], song["mode"], song["semitones"], song["languages"]) == (
        "daisy-bell", "3/4", "major", 0, ["en"])
    assert song["style"] in song["styles"]
    assert [part["number"] for part in song["sections"]] == list(range(len(song["sections"])))
    form = meeting.engine.state["form"]
    assert [part["start"] for part in song["sections"]] == form["sections"]["start"][:int(form["section_count"])].tolist()
    assert song["beats"] == float(form["length_beats"])


@pytest.mark.parametrize("song", ["nothing-like-it", "/etc/passwd", "../secret.mid", "daisy-bell/../x", "😀"])
def test_a_song_that_is_not_there_is_told_in_a_sentence_and_the_old_one_stays(meeting, song):
    meeting.do("choose_song", song="daisy-bell")
    answer = meeting.do("choose_song", song=song)
    assert not answer.ok
    assert answer.say.startswith("There is no song ")
    assert meeting.document["song"]["name"] == meeting.document["playing"]["song"] == "daisy-bell"


def test_a_path_of_a_song_file_is_no_name(meeting, tmp_path):
    path = tmp_path / "mine.cho"
    path.write_text("{title: Mine}\n[C]la la\n")
    assert not meeting.do("choose_song", song=str(path)).ok


def test_a_song_of_ones_own_that_was_changed_is_read_again(meeting, own):
    for key in ("C", "D"):
        (own / "songs" / "mine.cho").write_text(f"{{title: Mine}}\n{{key: {key}}}\n[{key}]la la la la\n")
        meeting.do("choose_song", song="mine")
        assert meeting.document["song"]["key"] == key


def test_a_song_that_makes_no_sense_is_told_in_one_sentence(meeting, own):
    (own / "songs" / "broken.mid").write_bytes(b"MThd nonsense")
    answer = meeting.do("choose_song", song="broken")
    assert not answer.ok
    assert "broken.mid" in answer.say
    assert "\n" not in answer.say


def test_a_song_that_is_long_to_read_is_ready_a_moment_later(meeting, monkeypatch):
    go, read = threading.Event(), tunes.read
    monkeypatch.setattr("imm_audio.room.tunes.READ_S", 0.0)
    monkeypatch.setattr("imm_audio.room.tunes.read", lambda *words: go.wait(10) and read(*words))
    assert "in a moment" in meeting.do("choose_song", song="daisy-bell").say
    assert meeting.document["song"] is None
    assert "still being read" in meeting.do("start_stop").say
    go.set()
    meeting.room._stand._reading[0].wait(10)
    meeting.look()
    assert meeting.document["song"]["name"] == "daisy-bell"
    assert meeting.document["playing"]["song"] == "daisy-bell"


def test_another_song_lets_the_first_one_end_and_is_ready_then(playing):
    answer = playing.do("choose_song", song="daisy-bell")
    assert "Daisy Bell" in answer.say
    assert playing.mode in (PLAYING, ENDING)
    assert playing.document["song"]["name"] == "skip-to-my-lou"
    playing.run(10)
    assert playing.mode == STOPPED
    assert playing.document["song"]["name"] == "daisy-bell"
    playing.run(5)
    assert playing.mode == STOPPED


def test_who_can_not_wait_for_the_end_starts_the_next_song_at_once(playing):
    playing.do("choose_song", song="daisy-bell")
    while playing.mode == PLAYING:
        playing.run(0.5)
    playing.do("start_stop")
    assert playing.mode == COUNTING
    assert playing.document["song"]["name"] == "daisy-bell"


def test_no_song_is_a_choice_too(meeting):
    meeting.do("choose_song", song="daisy-bell")
    meeting.do("choose_song", song=None)
    assert meeting.document["song"] is None
    assert int(meeting.engine.state["form"]["section_count"]) == 0
    assert float(meeting.engine.state["conductor"]["amount"]) == 0.0
    assert meeting.faults == 0


def test_each_song_after_another_sounds_as_if_it_were_the_first(meet, meeting, tmp_path):
    """What one song leaves behind in the engine is nothing of the next."""
    meeting.do("choose_song", song="drunken-sailor")
    meeting.do("choose_song", song="daisy-bell")
    fresh = music_of(Session(song="daisy-bell"))
    form = meeting.engine.state["form"]
    assert float(form["length_beats"]) == fresh.song.form[-1].stop
    tune = meeting.engine.state["assist"]["tune"]
    melody = tune["melodies"][int(tune["playing"])]
    assert melody["key"][:int(melody["count"])].tolist() == [key for _, _, key in fresh.song.melody]
    assert tempo(meeting) == pytest.approx(fresh.tempo_bpm)


# --- arranging ------------------------------------------------------------------------------------------------------
def test_higher_and_lower_move_tune_chords_and_key(meeting):
    meeting.do("choose_song", song="daisy-bell")
    before = meeting.document["song"]
    meeting.do("arrange", semitones=2)
    after = meeting.document["song"]
    assert (after["semitones"], before["key"], after["key"]) == (2, "F", "G")
    assert after["version"] > before["version"]
    assert meeting.places.music.song.melody[0][2] - music_of(Session(song="daisy-bell")).song.melody[0][2] == 2


def test_another_key_while_the_song_plays_waits_for_its_next_beginning(playing):
    assert "starts again" in playing.do("arrange", semitones=3).say
    playing.run(1)
    assert playing.mode == PLAYING
    assert playing.document["song"]["semitones"] == 0
    playing.do("start_stop")
    playing.run(12)
    assert (playing.mode, playing.document["song"]["semitones"]) == (STOPPED, 3)


def test_another_style_guide_and_repeat_are_heard_while_the_song_plays(playing):
    style = next(stem for stem in playing.document["song"]["styles"] if stem != playing.document["song"]["style"])
    place = float(playing.engine.state["form"]["place"])
    assert playing.do("arrange", style=style, guide=True, again=True).ok
    playing.run(4)
    form = playing.engine.state["form"]
    assert (playing.mode, int(form["again"]), int(playing.engine.state["guide"]["wanted"])) == (PLAYING, 1, 1)
    assert float(form["place"]) > place
    assert playing.document["song"]["style"] == style
    assert playing.do("arrange", style="none").ok
    assert playing.document["song"]["style"] == "none"
    assert playing.faults == 0


def test_a_style_that_does_not_fit_is_refused(meeting):
    meeting.do("choose_song", song="daisy-bell")
    style = meeting.document["song"]["style"]
    assert meeting.do("arrange", style="rock").say == 'The style "Rock" does not fit this song.'   # it has three beats
    assert meeting.do("choose_song", song="daisy-bell", style="nothing").say == 'There is no style "nothing".'
    assert meeting.document["song"]["style"] == style
    assert meeting.document["playing"]["style"] is None


def test_a_song_may_wait_for_somebodys_first_note(meeting):
    meeting.do("choose_song", song="daisy-bell")
    meeting.do("arrange", start="note")
    meeting.do("start_stop")
    assert int(meeting.engine.state["form"]["armed"]) == 2
    meeting.do("start_stop")   # nobody begins: it is counted in
    assert meeting.mode == COUNTING


# --- leading --------------------------------------------------------------------------------------------------------
def test_the_tempo_counts_what_people_tap(meeting):
    meeting.do("choose_song", song="pop-goes-the-weasel")   # 6/8: a pulse is a beat and a half
    assert music_of(Session(song="pop-goes-the-weasel")).song.pulse_beats == 1.5
    meeting.do("tempo", bpm=80)
    assert tempo(meeting) == pytest.approx(120)
    assert meeting.document["song"]["tempo_bpm"] == meeting.document["playing"]["tempo_bpm"] == 80
    meeting.do("tempo", bpm=300)
    assert tempo(meeting) == pytest.approx(300)
    meeting.do("choose_song", song="pop-goes-the-weasel")
    assert meeting.document["playing"]["tempo_bpm"] is None


def test_whom_the_beat_follows_and_how_much(meeting):
    meeting.do("choose_song", song="daisy-bell")
    conductor = meeting.engine.state["conductor"]
    assert float(conductor["amount"]) == 1.0
    meeting.do("follow", who="3", percent=40)
    assert float(conductor["amount"]) == pytest.approx(0.4)
    assert WHO_3 in [event[:3] for event in meeting.places.music.following]
    meeting.do("follow", who="nobody")
    assert float(conductor["amount"]) == 0.0
    meeting.leader.press("5")
    meeting.look()
    assert meeting.document["following"]["percent"] == pytest.approx(55)
    meeting.restart_engine()
    assert float(meeting.engine.state["conductor"]["amount"]) == pytest.approx(0.0)   # still nobody


def test_somebody_may_be_followed_without_a_song(meeting):
    assert float(meeting.engine.state["conductor"]["amount"]) == 0.0
    meeting.do("follow", who="everybody", percent=80)
    assert float(meeting.engine.state["conductor"]["amount"]) == pytest.approx(0.8)
    meeting.restart_engine()
    assert float(meeting.engine.state["conductor"]["amount"]) == pytest.approx(0.8)
    after = meeting.crash()
    assert float(after.engine.state["conductor"]["amount"]) == pytest.approx(0.8)
    after.end()


def test_waiting_holding_and_going_on(playing):
    playing.do("wait", how="round")
    playing.run(3)
    assert playing.mode == HOLDING
    assert playing.do("wait", how="go").ok
    playing.run(3)
    assert playing.mode == PLAYING
    assert playing.do("wait", how="go").say == "The song does not wait."
    playing.do("wait", how="chord")
    playing.run(1)
    assert playing.mode == HOLDING
    playing.do("start_stop")   # what waits goes on
    playing.run(2)
    assert playing.mode == PLAYING


def test_jumping_to_a_section_also_from_where_the_song_waits(playing):
    sections = playing.document["song"]["sections"]
    assert len(sections) > 2
    playing.do("jump", section=2)
    playing.run(3)
    assert int(playing.engine.state["form"]["section"]) == 2
    playing.do("wait", how="round")
    playing.run(3)
    playing.do("jump", section=1)
    playing.run(4)
    assert (playing.mode, int(playing.engine.state["form"]["section"])) == (PLAYING, 1)
    assert not playing.do("jump", section=60).ok


def test_nothing_waits_or_jumps_before_the_song_plays(meeting):
    assert not meeting.do("wait", how="round").ok
    meeting.do("choose_song", song="daisy-bell")
    assert not meeting.do("jump", section=1).ok


def test_start_stop_ends_together_and_at_once_when_it_ends_already(playing):
    playing.do("start_stop")
    playing.run(3)
    while playing.mode == PLAYING:
        playing.run(0.5)
    assert playing.mode == ENDING
    playing.do("start_stop")
    assert playing.mode == STOPPED


def test_quiet_stops_a_song_at_once_and_it_can_start_again(playing):
    playing.do("quiet")
    assert playing.mode == STOPPED
    playing.do("start_stop")
    assert playing.mode == COUNTING
    playing.run(8)
    assert playing.mode == PLAYING
    assert playing.faults == 0


# --- what was asked for before the session began --------------------------------------------------------------------
def test_the_song_of_the_command_line_begins_by_itself_and_is_the_rooms(meet):
    meeting = meet(song="daisy-bell", key="Ab", tempo_bpm=90.0, follow="slowest", follow_percent=60.0, again=True)
    meeting.run(2)
    assert meeting.mode in (COUNTING, PLAYING)
    document = meeting.document
    assert document["playing"] == {"song": "daisy-bell", "style": None, "semitones": 3, "tempo_bpm": 90.0, "start": "count",
                                   "again": True, "guide": False}
    assert document["following"] == {"who": "slowest", "percent": 60.0}
    assert (document["song"]["key"], document["song"]["semitones"]) == ("Ab", 3)


def test_what_was_asked_beside_the_first_song_is_not_asked_of_the_next(meet):
    meeting = meet(song="daisy-bell", key="G", chords="C G", mood="blues")
    meeting.do("quiet")
    meeting.do("choose_song", song="skip-to-my-lou")
    fresh = music_of(Session(song="skip-to-my-lou"))
    assert meeting.places.music.harmony == fresh.harmony
    meeting.do("choose_song", song="daisy-bell")
    assert meeting.places.music.harmony.mood.name == "blues"


def test_a_group_that_was_named_has_every_song_in_its_key(meet):
    meeting = meet(group="under-fives")
    meeting.do("choose_song", song="silent-night")
    assert meeting.document["song"]["semitones"] == music_of(Session(song="silent-night", group="under-fives")).semitones != 0


def test_a_song_that_can_not_be_read_any_more_is_told_and_a_meeting_begins(meet):
    meeting = meet()
    meeting.do("choose_song", song="daisy-bell")
    kept = meeting.folder / "session.json"
    meeting.kept  # noqa: B018
    text = kept.read_text("utf-8").replace('"daisy-bell"', '"/etc/x.mid"')
    meeting.die()
    kept.write_text(text, "utf-8")
    after = meet()
    assert after.told() == ['There is no song "/etc/x.mid". `imm-audio songs` lists those there are.']
    assert after.document["playing"]["song"] is None


def test_a_reading_says_why_there_is_no_music():
    def fails() -> Music:
        raise ValueError("No.")

    reading = tunes.Reading(fails)
    assert reading.wait(10)
    assert (reading.music, reading.problem) == (None, "No.")
