"""Why an App is as it is: one paragraph that names the broken link of the chain.

`explain` is pure: it reads the GitOpsApp and, if they were gathered, the facts around it.
"""

from gitops_lab.engine.explain.chain import explain
from gitops_lab.engine.explain.gather import gather
from gitops_lab.engine.explain.model import Explanation, Facts, Link

__all__ = ["Explanation", "Facts", "Link", "explain", "gather"]
