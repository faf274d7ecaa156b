"""Jobs: each selects its own pods by a label that carries its uid."""

from gitops_lab.apiserver.strategy.base import Strategy
from gitops_lab.kube.objects import Object

UID_LABELS = ("controller-uid", "batch.kubernetes.io/controller-uid")
NAME_LABELS = ("job-name", "batch.kubernetes.io/job-name")
SELECTED = UID_LABELS[1]


class JobStrategy(Strategy):
    """Unless its author selects pods by hand, a Job gets its selector and its pods' labels."""

    def identified(self, new: Object) -> None:
        """Label the template with the Job's name and uid, and select by the uid."""
        spec, metadata = new["spec"], new["metadata"]
        if spec.get("manualSelector"):
            return
        names = dict.fromkeys(NAME_LABELS, metadata["name"])
        uids = dict.fromkeys(UID_LABELS, metadata["uid"])
        template = spec["template"].setdefault("metadata", {})
        template["labels"] = {**names, **uids, **(template.get("labels") or {})}
        selector = spec.get("selector") or {}
        chosen = {SELECTED: metadata["uid"], **(selector.get("matchLabels") or {})}
        spec["selector"] = {**selector, "matchLabels": chosen}
        if not metadata.get("labels"):
            metadata["labels"] = dict(template["labels"])
