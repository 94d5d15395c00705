"""What all tests share."""
import imm_audio  # noqa: F401  before numba: it points numba's cache at a folder of its own
