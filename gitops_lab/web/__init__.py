"""The live page of a workspace: the loop from commit to health, as it goes round.

It reads what everything else reads (the API, the engine's chain of events, the repositories, the
lab's files) and decides nothing. `PageServer` is what the loop process runs.
"""

from gitops_lab.web.engines import Engines
from gitops_lab.web.observe import Scene
from gitops_lab.web.serving import PageServer

__all__ = ["Engines", "PageServer", "Scene"]
