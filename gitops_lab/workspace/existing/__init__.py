"""Any cluster behind a kubeconfig's context: ours to visit, not to change.

`choice` reads the kubeconfig, `caution` asks twice before production, `rights` asks what we may,
`neighbours` finds an engine that is there already, `guard` is the client through which everything
is written, and `removal` takes away exactly what was made.
"""

from gitops_lab.workspace.existing.caution import why_careful
from gitops_lab.workspace.existing.choice import Choice, choose
from gitops_lab.workspace.existing.guard import GuardedClient
from gitops_lab.workspace.existing.provider import Existing

__all__ = ["Choice", "Existing", "GuardedClient", "choose", "why_careful"]
