"""ClusterRoles that gather the rules of others, chosen by labels (admin, edit and view do)."""

from gitops_lab.controllers.framework.informers import Key
from gitops_lab.controllers.framework.monitors import Monitors
from gitops_lab.controllers.framework.selectors import matches
from gitops_lab.controllers.framework.workers import Context, Controller
from gitops_lab.kube.objects import Object, labels_of, name_of

API_VERSION, KIND = "rbac.authorization.k8s.io/v1", "ClusterRole"
MANAGER = "clusterrole-aggregation-controller"
_SETTLING_SECONDS = 0.05


class AggregationController(Controller):
    """Looks at all roles together whenever one changed: few do, and they depend on each other."""

    name = "clusterrole-aggregation-controller"
    everything: Key = ("", "")

    def __init__(self, context: Context, monitors: Monitors) -> None:
        super().__init__(context)
        monitors.subscribe(self._on_object)

    def sync(self, key: Key) -> None:
        """Write what aggregated roles lack or have too much."""
        roles = sorted(self.client.list(API_VERSION, KIND).items, key=name_of)
        for role in roles:
            if role.get("aggregationRule") is None:
                continue
            rules = gathered(role, roles)
            if rules != (role.get("rules") or []):
                self._apply(name_of(role), rules)

    def _apply(self, name: str, rules: list[Object]) -> None:
        wanted: Object = {
            "apiVersion": API_VERSION,
            "kind": KIND,
            "metadata": {"name": name},
            "rules": rules,
        }
        self.client.apply(wanted, field_manager=MANAGER, force=True)

    def _on_object(self, kind: str, new: Object, old: Object | None) -> None:
        if new["kind"] == KIND and new["apiVersion"] == API_VERSION:
            # A new cluster's many roles come at once.
            self.enqueue_after(self.everything, _SETTLING_SECONDS)


def gathered(role: Object, roles: list[Object]) -> list[Object]:
    """The rules of the roles that a role's selectors choose, in order, each once."""
    rules: list[Object] = []
    for selector in role["aggregationRule"].get("clusterRoleSelectors") or []:
        for other in roles:
            if name_of(other) == name_of(role) or not matches(selector, labels_of(other)):
                continue
            rules += [rule for rule in other.get("rules") or [] if rule not in rules]
    return rules
