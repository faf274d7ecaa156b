"""DaemonSets: an annotation counts the versions of their template."""

from gitops_lab.apiserver.defaults.workloads import TEMPLATE_GENERATION
from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.kube.objects import Object, annotations_of


class DaemonSetStrategy(Strategy):
    """What was a field once is kept in an annotation, which a writer can't change."""

    def prepare_update(self, new: Object, old: Object) -> None:
        """One more when the template changes."""
        super().prepare_update(new, old)
        held = annotations_of(old).get(TEMPLATE_GENERATION, "1")
        count = int(held) if held.isdecimal() else 1
        if new["spec"].get("template") != old["spec"].get("template"):
            count += 1
        metadata = new["metadata"]
        metadata["annotations"] = {**annotations_of(new), TEMPLATE_GENERATION: str(count)}
