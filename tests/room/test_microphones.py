"""Microphones are in a take exactly while everybody agrees, to the frame."""
import numpy as np
import pytest

from imm_audio.engine import MICROPHONE_COLUMNS, MIX_COLUMNS, MIX_LAG_FRAMES, Engine, Settings, microphone_columns
from imm_audio.kernels.effects.strip import GAIN_DB
from imm_audio.kernels.engine import events
from imm_audio.room.model import Consent
from imm_audio.room.recorder import Recorder, ask_to_keep, ask_to_record, ask_to_stop, consent_of, set_microphones
from imm_audio.room.store import new_meeting
from imm_audio.room.takes import list_takes, lookback
from imm_audio.room.taking import Taking
from tests.room.ensemble import RATE, Ensemble, facts, lines, sounds

CONSENT = {"people": 7, "parents": True, "said_at": "2026-11-24T15:02:00+00:00"}
LOUD = 0.05


@pytest.fixture
def singers(make_ensemble):
    """Three microphones, quiet enough for the limiter to rest."""
    ensemble = make_ensemble(input_channels=3)
    quieter(ensemble)
    return ensemble


def quieter(ensemble: Ensemble) -> None:
    for strip in range(3):
        ensemble.engine.push(events.STRIP, strip, GAIN_DB, 0.0, -12.0)
    ensemble.drive(800)


def sing(ensemble: Ensemble, recorder: Recorder, frames: int, loudness: float = LOUD) -> None:
    ensemble.drive(frames, loudness)
    while recorder.round():
        pass


def silences(sound: np.ndarray) -> int:
    """How many stretches of 100 frames are silent."""
    whole = sound[:len(sound) // 100 * 100].reshape(-1, 200)
    return int((~whole.any(axis=1)).sum())


def agree(ensemble: Ensemble, on: bool = True) -> None:
    set_microphones(ensemble.engine, on, CONSENT if on else None)


def test_microphones_are_kept_from_the_moment_everybody_agrees_until_they_do_not(singers, tmp_path, make_ensemble):
    """Compared with an engine that keeps them all the time."""
    always = make_ensemble(session=tmp_path / "always", input_channels=3)
    quieter(always)
    agree(always)
    found = []
    for ensemble, switches in ((always, ()), (singers, (True, False, True))):
        recorder = Recorder(ensemble.engine)
        ask_to_record(ensemble.engine, "a")
        ensemble.play((0, 1000), (1, 4000))
        for on in (*switches, None, None, None)[:3]:
            sing(ensemble, recorder, 2000)
            if on is not None:
                agree(ensemble, on)
        sing(ensemble, recorder, 2000)
        recorder.end()
        found.append(sounds(ensemble.folder))
    all_of_it, agreed = found
    kept = np.zeros(len(agreed["mix.wav"]), bool)
    kept[2000:4000] = kept[6000:] = True
    for name in ("microphone-01.wav", "microphone-03.wav", "microphone-room.wav"):
        assert all_of_it[name][~kept].any()
        assert np.array_equal(agreed[name], all_of_it[name] * kept[:, None])
    mix = agreed.pop("mix.wav")
    assert abs(sum(agreed.values()) - mix).max() <= 0.5 * (len(agreed) + 1) + 1  # each file is rounded by half a step
    take = facts(singers.folder)
    assert take["keep_microphones"]
    assert take["consent"] == CONSENT
    assert take["kept_s"] == [[0.25, 0.5], [0.75, None]]


def test_nobody_agreed_and_nothing_of_a_microphone_is_kept(singers):
    recorder = Recorder(singers.engine)
    ask_to_record(singers.engine, "a")
    sing(singers, recorder, 4000)
    recorder.end()
    assert set(sounds(singers.folder)) == {"room.wav", "mix.wav"}
    assert not any(sound.any() for sound in sounds(singers.folder).values())
    take = facts(singers.folder)
    assert (take["keep_microphones"], take["consent"], take["kept_s"]) == (False, None, [])


def test_without_consent_microphones_cannot_be_switched_on(singers):
    with pytest.raises(ValueError, match="everybody present has agreed"):
        set_microphones(singers.engine, True, None)
    assert not singers.engine.state["keep_microphones"]


def test_a_parent_that_takes_over_believes_the_engine_not_the_file(singers, tmp_path):
    """Consent was withdrawn, and the parent was killed before it wrote that down."""
    room = new_meeting()
    room.consent = Consent(microphones=True, **CONSENT)
    Taking(singers.engine, tmp_path, room, print, adopted=True)
    assert not room.consent.microphones
    assert not singers.engine.state["keep_microphones"]


def test_who_agreed_in_the_terminal_is_known_to_the_room(singers, tmp_path):
    agree(singers)
    room = new_meeting()
    Taking(singers.engine, tmp_path, room, print)
    assert room.consent == Consent(microphones=True, **CONSENT)
    assert singers.engine.state["keep_microphones"]


def test_consent_that_is_half_withdrawn_is_withdrawn(singers):
    """Whoever was killed on the way had switched the microphones off first."""
    agree(singers)
    assert consent_of(singers.engine) == CONSENT
    singers.engine.keep_microphones(False)
    assert consent_of(singers.engine) is None


def test_a_block_without_microphones_is_never_told_to_keep_any(ensemble):
    """It has no room for them: the engine would write where other players are."""
    agree(ensemble)
    assert not ensemble.engine.state["keep_microphones"]
    recorder = Recorder(ensemble.engine)
    ask_to_record(ensemble.engine, "a")
    ensemble.play((0, 100))
    sing(ensemble, recorder, 1600)
    recorder.end()
    assert not facts(ensemble.folder)["keep_microphones"]
    assert consent_of(ensemble.engine) == CONSENT


def test_an_old_voice_never_comes_round_again_in_the_ring(singers):
    """Sung while all agreed; then off, on with silence, off: no take after that has anything of it."""
    recorder, turn = Recorder(singers.engine), singers.engine.stem_frames
    agree(singers)
    sing(singers, recorder, turn + 8000)  # all of the ring
    sing(singers, recorder, 8000, loudness=0.0)
    agree(singers, False)
    ask_to_record(singers.engine, "a")
    sing(singers, recorder, 1600)
    sing(singers, recorder, 8000, loudness=0.0)  # until the filters are at rest
    agree(singers)
    for _ in range(3):
        sing(singers, recorder, turn // 2, loudness=0.0)
    agree(singers, False)
    sing(singers, recorder, turn)
    recorder.end()
    assert {"microphone-01.wav", "microphone-02.wav", "microphone-03.wav"}.isdisjoint(sounds(singers.folder))
    assert not singers.engine.stems[:, MICROPHONE_COLUMNS].any()


@pytest.mark.parametrize(("away_s", "again"), [(8.0, False), (8.0, True), (0.1, False)])
def test_a_scribe_that_was_away_too_long_takes_nothing_stale_for_a_voice(singers, away_s, again):
    """The engine came round, and keeping was switched off (and on again) while nobody looked."""
    recorder, turn = Recorder(singers.engine), singers.engine.stem_frames
    ask_to_record(singers.engine, "a")
    agree(singers)
    sing(singers, recorder, 800)
    singers.drive(turn + 800, LOUD)
    agree(singers, False)
    off = singers.engine.frame
    singers.drive(int(away_s * RATE), LOUD)
    on = singers.engine.frame if again else None
    if again:
        agree(singers)
        singers.drive(800)
    recorder = Recorder(singers.engine)
    while recorder.round():
        pass
    sing(singers, recorder, 8000)
    recorder.end()
    take = facts(singers.folder)
    assert take["lost_frames"] > 0
    for name, sound in sounds(singers.folder).items():
        if name.startswith("microphone"):
            assert not sound[off - take["start_frame"]:on and on - take["start_frame"]].any(), name


def test_a_scribe_killed_before_it_wiped_leaves_that_to_the_next(singers, monkeypatch):
    recorder = Recorder(singers.engine)
    agree(singers)
    monkeypatch.setattr(recorder._voices, "_wipe", lambda first, stop: None)
    sing(singers, recorder, 1600)
    assert singers.engine.stems[:, MICROPHONE_COLUMNS].any()
    Recorder(singers.engine)
    left = singers.engine.copy_stems(0, int(singers.take_state["next_frame"]))[:, list(microphone_columns(0))]
    assert not left.any()


def test_what_is_still_to_be_read_outlives_a_scribe(singers):
    recorder = Recorder(singers.engine)
    ask_to_record(singers.engine, "a")
    agree(singers)
    sing(singers, recorder, 1600)
    singers.drive(1600, LOUD)
    del recorder
    recorder = Recorder(singers.engine)
    sing(singers, recorder, 800)
    recorder.end()
    sound = sounds(singers.folder)["microphone-01.wav"]
    assert silences(sound) == 0
    assert facts(singers.folder)["lost_frames"] == 0


def test_a_scribe_that_was_away_too_long_gets_the_voices_that_are_left(singers):
    """Nothing was switched meanwhile: they are as true as the rest."""
    recorder, turn = Recorder(singers.engine), singers.engine.stem_frames
    ask_to_record(singers.engine, "a")
    agree(singers)
    sing(singers, recorder, 800)
    singers.drive(turn + turn // 2, LOUD)
    sing(singers, recorder, 800)
    recorder.end()
    sound, lost = sounds(singers.folder)["microphone-01.wav"], facts(singers.folder)["lost_frames"]
    assert lost > turn // 2
    assert silences(sound[800 + lost:]) == 0


def test_new_numbers_of_people_reach_the_take(singers):
    recorder = Recorder(singers.engine)
    ask_to_record(singers.engine, "a")
    agree(singers)
    sing(singers, recorder, 800)
    set_microphones(singers.engine, True, CONSENT | {"people": 8})
    recorder.round()
    take = facts(singers.folder)
    assert take["consent"]["people"] == 8
    assert len(take["kept_s"]) == 1


def test_a_restarted_scribe_says_the_same_of_consent(singers):
    recorder = Recorder(singers.engine)
    ask_to_record(singers.engine, "a")
    sing(singers, recorder, 800)
    agree(singers)
    recorder.round()
    before = facts(singers.folder)
    Recorder(singers.engine).round()
    assert facts(singers.folder)["kept_s"] == before["kept_s"]


# --- kept afterwards ----------------------------------------------------------------------------------------------


def test_what_was_just_played_becomes_a_take(ensemble):
    recorder = Recorder(ensemble.engine)
    ensemble.play((0, 1000), (1, 9000))
    for _ in range(3):
        sing(ensemble, recorder, RATE)
    assert ensemble.take_state["keepable_s"] == pytest.approx(3.0, abs=0.01)
    ask_to_keep(ensemble.engine)
    recorder.round()
    name = ensemble.folder.name
    assert name.startswith("Kept 20")
    take, mix = facts(ensemble.folder), sounds(ensemble.folder)["mix.wav"]
    assert (take["closed"], take["frames"], take["start_frame"]) == (True, len(mix), 0)
    assert take["note"] == "Kept after it was played: 3 seconds."
    assert f'The last 3 seconds are kept as "{name}". No voices are in it.' in ensemble.notices()
    expected = ensemble.engine.copy_stems(MIX_LAG_FRAMES, MIX_LAG_FRAMES + len(mix))[:, list(MIX_COLUMNS)]
    assert np.array_equal(mix, np.rint(expected * 2.0**23))
    assert not ensemble.take_state["folder"]


def test_the_same_is_not_kept_twice(ensemble):
    recorder = Recorder(ensemble.engine)
    sing(ensemble, recorder, 2 * RATE)
    for _ in range(2):
        ask_to_keep(ensemble.engine)
        recorder.round()
    assert len(list((ensemble.session / "takes").iterdir())) == 1
    assert "nothing new was played" in ensemble.notices()


def test_keeping_while_a_take_is_under_way_is_a_mark(ensemble):
    recorder = Recorder(ensemble.engine)
    ensemble.drive(800)
    ask_to_record(ensemble.engine, "a")
    sing(ensemble, recorder, 4000)
    ask_to_keep(ensemble.engine)
    recorder.round()
    ask_to_stop(ensemble.engine)
    recorder.round()
    assert facts(ensemble.folder)["marks"] == [{"seconds": 0.5, "label": ""}]
    assert 'Marked at 0:00 in the take "a".' in ensemble.notices()


def test_the_lookback_forgets_voices_when_consent_is_withdrawn(singers):
    recorder = Recorder(singers.engine)
    agree(singers)
    sing(singers, recorder, 2 * RATE)
    singers.drive(800, LOUD)  # not yet read when it is withdrawn
    agree(singers, False)
    assert recorder._lookback._sound.any()
    recorder.round()
    assert not recorder._lookback._sound.any()
    sing(singers, recorder, 3 * RATE)
    ask_to_keep(singers.engine)
    recorder.round()
    take = facts(singers.folder)
    assert take["frames"] > RATE
    assert (take["keep_microphones"], take["consent"], take["kept_s"]) == (False, None, [])
    assert not any(sound.any() for sound in sounds(singers.folder).values())


def test_consent_withdrawn_and_given_again_between_two_rounds_is_withdrawn(singers):
    recorder = Recorder(singers.engine)
    agree(singers)
    sing(singers, recorder, 2 * RATE)
    agree(singers, False)
    agree(singers)
    recorder.round()
    assert not recorder._lookback._sound.any()


def test_consent_withdrawn_while_the_scribe_was_away_is_withdrawn(singers):
    recorder = Recorder(singers.engine)
    agree(singers)
    sing(singers, recorder, RATE)
    singers.drive(2 * RATE, LOUD)
    agree(singers, False)
    recorder = Recorder(singers.engine)
    sing(singers, recorder, 2 * RATE)
    assert not recorder._lookback._sound.any()


def test_consent_withdrawn_in_the_very_round_that_keeps_is_withdrawn(singers, monkeypatch):
    recorder = Recorder(singers.engine)
    agree(singers)
    sing(singers, recorder, 2 * RATE)
    ask_to_keep(singers.engine)
    drain = recorder._drain

    def withdraw_after():
        more = drain()
        agree(singers, False)
        return more

    monkeypatch.setattr(recorder, "_drain", withdraw_after)
    recorder.round()
    assert list_takes(singers.session) == []


def test_a_new_scribe_can_keep_only_what_it_heard(ensemble):
    recorder = Recorder(ensemble.engine)
    sing(ensemble, recorder, 5 * RATE)
    recorder = Recorder(ensemble.engine)
    sing(ensemble, recorder, RATE)
    assert ensemble.take_state["keepable_s"] == pytest.approx(1.0, abs=0.01)


def test_only_three_minutes_are_remembered(ensemble, monkeypatch):
    monkeypatch.setattr(lookback, "LOOKBACK_S", 2.0)
    recorder = Recorder(ensemble.engine)
    ensemble.play((0, RATE), (1, 4 * RATE))
    for _ in range(5):
        sing(ensemble, recorder, RATE)
    ask_to_keep(ensemble.engine)
    recorder.round()
    take, mix = facts(ensemble.folder), sounds(ensemble.folder)["mix.wav"]
    start = 5 * RATE - MIX_LAG_FRAMES - 2 * RATE
    assert (take["start_frame"], len(mix)) == (start, 2 * RATE)
    played = [line for line in lines(ensemble.folder) if line["kind"] == "note_on"]
    assert [(line["player"], line["frame"]) for line in played] == [(1, 4 * RATE - start)]
    expected = ensemble.engine.copy_stems(start + MIX_LAG_FRAMES, 5 * RATE)[:, list(MIX_COLUMNS)]
    assert np.array_equal(mix, np.rint(expected * 2.0**23))


def test_a_kept_take_with_voices_says_who_agreed(singers):
    recorder = Recorder(singers.engine)
    sing(singers, recorder, RATE)
    agree(singers)
    sing(singers, recorder, RATE)
    ask_to_keep(singers.engine)
    recorder.round()
    take = facts(singers.folder)
    assert take["keep_microphones"]
    assert take["consent"] == CONSENT
    assert take["kept_s"] == [[pytest.approx(1.1), None]]
    mix = sounds(singers.folder)["mix.wav"]
    assert set(sounds(singers.folder)) == {"mix.wav"}
    assert not mix[:8800 - MIX_LAG_FRAMES].any()
    assert mix[8800:].any()
    assert "Voices are in it." in singers.notices()


def test_a_disk_that_takes_nothing_is_a_sentence(tmp_path, make_ensemble):
    (tmp_path / "file").write_text("no folder")
    ensemble = make_ensemble(session=tmp_path / "file")
    recorder = Recorder(ensemble.engine)
    sing(ensemble, recorder, 2 * RATE)
    ask_to_keep(ensemble.engine)
    recorder.round()
    assert "can't be kept: Not a directory" in ensemble.notices()
    assert ensemble.take_state["marks_served"] == 1


@pytest.mark.parametrize("rate", [8000, 11_025])
def test_a_scribe_that_catches_up_wipes_nothing_that_is_still_to_be_read(tmp_path, rate):
    """Its chunks are seconds, which end inside a grid step at some rates."""
    found = []
    for rounds in (1, 20):
        engine = Engine.create(Settings(float(rate), 1))
        engine.header["session"] = str(tmp_path / str(rounds)).encode()
        set_microphones(engine, True, CONSENT)
        recorder, random = Recorder(engine), np.random.default_rng(3)
        ask_to_record(engine, "a")
        for _ in range(rounds):
            for _ in range(1000 // rounds):
                engine.process(random.uniform(-LOUD, LOUD, (80, 1)).astype("f4"), 80)
            while recorder.round():
                pass
        recorder.end()
        found.append(sounds(tmp_path / str(rounds) / "takes" / "a")["microphone-01.wav"])
    assert np.array_equal(*found)
    assert silences(found[0]) == 0


def test_engines_with_microphones_have_columns_for_them():
    assert Engine.create(Settings(RATE, 1)).has_microphone_columns
    assert not Engine.create(Settings(RATE, 0)).has_microphone_columns
