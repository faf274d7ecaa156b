"""The status of an autoscaler. Pure."""

from datetime import datetime
from decimal import Decimal

from gitops_lab.controllers.autoscaling.proposal import Proposal, Target
from gitops_lab.controllers.framework.times import stamp
from gitops_lab.kube.objects import Object


def with_condition(
    listed: list[Object], kind: str, true: bool, reason: str, message: str, *, moment: datetime
) -> list[Object]:
    """The list with this condition in its old place, or last."""
    held = next((one for one in listed if one["type"] == kind), {})
    status = "True" if true else "False"
    since = held.get("lastTransitionTime") if held.get("status") == status else None
    condition = {
        "type": kind,
        "status": status,
        "lastTransitionTime": since or stamp(moment),
        "reason": reason,
        "message": message,
    }
    if not held:
        return [*listed, condition]
    return [condition if one["type"] == kind else one for one in listed]


def current_metric(target: Target, proposal: Proposal) -> Object:
    """How a metric stands, as the status shows it."""
    value: Object = {"averageValue": quantity(target.resource, proposal.average)}
    if proposal.utilization is not None:
        value["averageUtilization"] = proposal.utilization
    shown = {"name": target.resource, "current": value}
    if target.container:
        shown["container"] = target.container
        return {"type": "ContainerResource", "containerResource": shown}
    return {"type": "Resource", "resource": shown}


def quantity(resource: str, amount: int) -> str:
    """Thousandths as a quantity: processors in `m`, memory in whole `Ki` where it is even."""
    if resource != "memory":
        return f"{amount}m" if amount % 1000 else str(amount // 1000)
    number = -(-amount // 1000)
    for suffix in ("", "Ki", "Mi", "Gi"):
        if number % 1024 or suffix == "Gi" or not number:
            return f"{Decimal(number)}{suffix}"
        number //= 1024
    return str(number)
