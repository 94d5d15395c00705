"""Instruments, controllers and tunings: data only, nothing in here runs."""
