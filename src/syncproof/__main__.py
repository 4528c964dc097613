"""``python -m syncproof``."""

import sys

from syncproof.cli import main

if __name__ == "__main__":
    sys.exit(main())
