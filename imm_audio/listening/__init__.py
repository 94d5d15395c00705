"""What microphones tell: when somebody begins a note or claps, which pitch, and where in the song people are."""
