"""`scripts/kind-image`: the command line."""

import argparse
import sys

from scripts.kindimage import assemble
from scripts.kindimage.common import Failure


def main() -> int:
    """Build, load or find the image."""
    parser = argparse.ArgumentParser(
        prog="scripts/kind-image",
        description="Build a node image for kind from packages, without an image registry.",
    )
    parser.add_argument(
        "command",
        choices=("build", "load", "path"),
        help="build: make the file, print its path. load: build, and load it into Docker, print "
        "its tag. path: print where the file is or would be.",
    )
    command = parser.parse_args().command
    if command == "path":
        print(assemble.result())
    else:
        path = assemble.build()
        print(assemble.load() if command == "load" else path)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as problem:
        sys.exit(f"kind-image: {problem}")
