from hypothesis import given, settings

from imm_audio.songs.chordpro import chordpro_song
from imm_audio.songs.chordpro_write import chordpro_text
from tests.songs.some_songs import songs


@given(songs())
@settings(max_examples=60, deadline=None)
def test_any_song_survives_a_chordpro_file(song):
    text = chordpro_text(song)
    again = chordpro_song(text)
    assert again == song, text
    assert again.notes_left_out == (), text
