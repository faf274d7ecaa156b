"""Starts the web sample. A script of its own because only imported modules are kept compiled."""

import sys

sys.path.insert(0, __file__.rpartition("/")[0])

import server  # type: ignore[import-not-found]

server.main()
