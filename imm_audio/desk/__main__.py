"""The process that makes the pages: `python -m imm_audio.desk BLOCK`, with a line to the parent on standard input and output."""
import sys

from .process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
