"""Starts the launcher: `main.py REQUESTS LIFELINE`, both numbers of inherited descriptors.

A script of its own because only imported modules are kept compiled.
"""

import sys

sys.path.insert(0, __file__.rpartition("/")[0])

import launcher  # type: ignore[import-not-found]

launcher.main(int(sys.argv[1]), int(sys.argv[2]))
