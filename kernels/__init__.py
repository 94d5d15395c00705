"""The audio side: compiled with numba, knows nothing of devices, files or people."""
