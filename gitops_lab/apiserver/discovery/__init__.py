"""What the server serves: groups, versions, resources, in the three forms that clients ask for.

`Discovery(registry).respond(path, accept)` answers /api, /apis and everything directly below.
"""

from gitops_lab.apiserver.discovery.service import Discovery

__all__ = ["Discovery"]
