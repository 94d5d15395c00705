"""Together with other machines: MIDI clock and song position, Ableton Link."""
