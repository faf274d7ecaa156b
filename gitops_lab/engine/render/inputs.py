"""What a render depends on besides the files of a commit, as plain values."""

from collections.abc import Mapping
from dataclasses import dataclass, field

KUBE_VERSION = "v1.37.0"
"""What a chart is told where no cluster is asked."""


@dataclass(frozen=True)
class Inputs:
    """All that a render takes from a cluster.

    `variables` come from the App's ConfigMaps and Secrets, `keys` (age identities) from its
    Secret, `kube_version` and `api_versions` from the cluster that it writes to. `keep_sealed`
    leaves encrypted objects as they are, for those who have no key and want to see the rest.
    """

    variables: Mapping[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    kube_version: str = KUBE_VERSION
    api_versions: tuple[str, ...] = ()
    keep_sealed: bool = False
