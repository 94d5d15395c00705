"""The process that makes the pages: `python -m imm_audio.desk BLOCK`; standard input and output are a line to the parent."""
import sys

from .process import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
