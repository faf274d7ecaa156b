"""The kinds that cases name, without their apiVersion and, mostly, without a namespace."""

from dataclasses import dataclass

_GROUPS = {
    "v1": "ConfigMap Secret Service ServiceAccount Pod Namespace PersistentVolumeClaim",
    "apps/v1": "Deployment StatefulSet DaemonSet ReplicaSet",
    "batch/v1": "Job CronJob",
    "networking.k8s.io/v1": "Ingress NetworkPolicy",
    "policy/v1": "PodDisruptionBudget",
    "rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
    "apiextensions.k8s.io/v1": "CustomResourceDefinition",
    "argoproj.io/v1alpha1": "Application ApplicationSet AppProject",
    "source.toolkit.fluxcd.io/v1": "GitRepository OCIRepository HelmRepository HelmChart Bucket",
    "kustomize.toolkit.fluxcd.io/v1": "Kustomization",
    "helm.toolkit.fluxcd.io/v2": "HelmRelease",
    "image.toolkit.fluxcd.io/v1": "ImageRepository ImagePolicy ImageUpdateAutomation",
    "notification.toolkit.fluxcd.io/v1": "Receiver",
    "notification.toolkit.fluxcd.io/v1beta3": "Alert Provider",
}
INBOX, ANSWER = "Inbox", "Answer"
"""No kinds of a cluster: what was sent to the listener's path, and what a receiver answered."""

_GROUPS["runner"] = f"{INBOX} {ANSWER}"
API_VERSIONS = {kind: version for version, kinds in _GROUPS.items() for kind in kinds.split()}
CLUSTER_SCOPED = frozenset(
    ["Namespace", "ClusterRole", "ClusterRoleBinding", "CustomResourceDefinition"]
)
ENGINE_GROUPS = ("argoproj.io", "fluxcd.io")
ARGOCD = "argocd"
"""The namespace of Argo CD and of all its resources."""


@dataclass(frozen=True)
class Ref:
    """One object."""

    kind: str
    namespace: str
    name: str

    @classmethod
    def parse(cls, text: str, *, namespace: str) -> "Ref":
        """`Kind/name` or `Kind/namespace/name`; raises ValueError for a kind that is not listed."""
        kind, *rest = text.split("/")
        if kind not in API_VERSIONS:
            raise ValueError(f"{text}: add the kind to {__name__}")
        if kind in CLUSTER_SCOPED:
            return cls(kind, "", rest[-1])
        if len(rest) == 2:
            return cls(kind, rest[0], rest[1])
        own = ARGOCD if API_VERSIONS[kind].startswith("argoproj.io") else namespace
        return cls(kind, own, rest[0])

    @property
    def api_version(self) -> str:
        return API_VERSIONS[self.kind]

    @property
    def of_engine(self) -> bool:
        """Whether it is a resource of the engine's own, whose status is what is compared."""
        return self.api_version.partition("/")[0].endswith(ENGINE_GROUPS)
