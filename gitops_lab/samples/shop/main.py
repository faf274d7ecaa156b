"""Starts one part of the shop. A script of its own because only imported modules are compiled."""

import os
import sys

sys.path.insert(0, __file__.rpartition("/")[0])

from serving import serve  # type: ignore[import-not-found]

part = os.environ.get("SHOP_PART", "web")
serve(f"shop-{part}", __import__(part).answer)
