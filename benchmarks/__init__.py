"""Measurements: kernels, callback, start-up, latency, peers."""
