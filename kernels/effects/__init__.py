"""Sound shapers: channel strips, reverb, limiter."""
