"""One compiled function over one block of memory: events and microphones in, sound out."""
