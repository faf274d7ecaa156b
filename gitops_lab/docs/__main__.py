"""`python -m gitops_lab.docs build|serve`."""

import argparse
import sys

from gitops_lab.docs.build import run


def main() -> int:
    """Build the site into build/site, or serve it while it is written."""
    parser = argparse.ArgumentParser(prog="python -m gitops_lab.docs")
    parser.add_argument("verb", choices=("build", "serve"))
    return run(parser.parse_args().verb)


if __name__ == "__main__":
    sys.exit(main())
