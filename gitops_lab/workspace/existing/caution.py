"""Clusters that somebody's work may depend on are refused unless it is told twice."""

import re
from urllib.parse import urlsplit

from gitops_lab.errors import UsageError
from gitops_lab.workspace.existing.choice import Choice

_PRODUCTION = re.compile(r"(?<![a-z])(prod(uction|uctive)?|prd|live)(?![a-z])", re.IGNORECASE)
_CLOUD_HOSTS = (
    ".amazonaws.com",
    ".azmk8s.io",
    ".gke.goog",
    ".k8s.ondigitalocean.com",
    ".linodelke.net",
    ".openshiftapps.com",
    ".scw.cloud",
    ".ovh.net",
    ".civo.com",
    ".oraclecloud.com",
    ".containers.cloud.ibm.com",
)
_CLOUD_CONTEXTS = ("gke_", "arn:aws", "do-")


def why_careful(choice: Choice) -> str:
    """Why a cluster looks like one that people depend on; "" when it doesn't."""
    for what, name in (("context", choice.context), ("cluster", choice.cluster_name)):
        if _PRODUCTION.search(name):
            return f"the {what}'s name {name!r} reads like production"
        if name.startswith(_CLOUD_CONTEXTS):
            return f"the {what} {name!r} is a cloud's"
    host = urlsplit(choice.server).hostname or ""
    if _PRODUCTION.search(host):
        return f"the server {host} reads like production"
    if host.endswith(_CLOUD_HOSTS):
        return f"the server {host} is a cloud's"
    return ""


def refuse_unless_sure(choice: Choice, sure: bool) -> None:
    """Raises UsageError when a cluster looks like production and nobody said so twice."""
    reason = why_careful(choice)
    if reason and not sure:
        raise UsageError(
            f"{reason}, so it is left alone.",
            reason="LooksLikeProduction",
            hint="If a lab may run there, say it a second time with --yes-really.",
        )
