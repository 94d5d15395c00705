"""The song that is open in the engine, and what the singers mean for it."""
from ..engine import Engine
from ..kernels.engine.events import FORM, TEMPO
from ..kernels.engine.state import FROM_LISTENING
from ..kernels.music.terms import BY_SINGING, FORM_PLACE, PLAYING, STOPPED
from .align import Note
from .pitch import Pitch
from .singers import Singers

#: Melody, where its sections begin, length.
Score = tuple[list[Note], list[float], float]
NOTHING: Score = ([], [], 0.0)


def score_in(engine: Engine) -> Score:
    """Melody and sections as the engine has them; without either, nothing."""
    form, tune = engine.state["form"], engine.state["assist"]["tune"]
    melody = tune["melodies"][int(tune["playing"]) & 1]
    sections, count = form["sections"][:int(form["section_count"])], int(melody["count"])
    if not len(sections) or not count:
        return NOTHING
    pickup = float(form["pickup_beats"])
    starts, lengths, keys = (melody[name][:count].tolist() for name in ("start_beats", "beats", "key"))
    notes = [(start - pickup, beats, key) for start, beats, key in zip(starts, lengths, keys, strict=True)]
    return notes, sections["start"].tolist(), float(form["length_beats"])


class OpenSong:
    """Moves the song to where the singers are, or begins it there when it waits for them."""

    def __init__(self, engine: Engine):
        self._engine = engine
        self._singers = Singers(engine.sample_rate)
        self._read, self._learned = NOTHING, NOTHING
        self.hear_onset = self._singers.hear_onset

    def look(self) -> None:
        """See whether another song was opened; now and then.  The engine may be writing: twice the same is right."""
        score, before = score_in(self._engine), self._read
        self._read = score
        if score == before and score != self._learned:
            self._learned = score
            self._singers.learn(*score, self._engine.moment().beats_per_frame * self._engine.sample_rate)

    def hear_pitch(self, pitch: Pitch) -> None:
        """What was sung, with its frame."""
        engine = self._engine
        moment = engine.moment()
        waits = moment.mode == STOPPED and engine.state["form"]["armed"] == BY_SINGING
        if moment.mode != PLAYING and not waits:
            return
        place = None if waits else float(moment.place + (pitch.frame - moment.frame) * moment.place_per_frame)
        move = self._singers.hear_pitch(pitch, place, float(moment.beats_per_frame) * engine.sample_rate)
        if move:
            if waits:  # the band joins in at the singers' tempo
                engine.push(TEMPO, 0, 0, 0.0, 60.0 * move.beats_per_s, ring=FROM_LISTENING)
            now = move.beats + (engine.frame / engine.sample_rate - move.time_s) * move.beats_per_s
            engine.push(FORM, 0, FORM_PLACE, 0.0, now, ring=FROM_LISTENING)
