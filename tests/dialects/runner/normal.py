"""What is recorded of an object, without what no two runs share: times, identities, addresses."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from gitops_lab.kube import Object
from tests.dialects.runner.services import LISTENER, REGISTRY

GIT = "http://git"
UID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:Z| ?\+0000(?: UTC)?)(?: m=\S+)?")
CLOCK = re.compile(r"\b\d{1,2}:\d\d[AP]M\b")
DIGEST = re.compile(r"sha256([:=])[0-9a-f]{64}")
HEX = re.compile(r"\b[0-9a-f]{7,40}\b")
HOST = re.compile(
    r"\bhttps?://(?:(?:127\.0\.0\.1|localhost):\d+|source-controller\.[a-z.-]+(?::\d+)?(?=/))"
)
ADDRESS = re.compile(r"\b127\.0\.0\.1:\d+")
TEMPORARY = re.compile(r"(?:/[\w.-]+)*/(?:kustomization-\d+|helmchart-[\w.-]+-\d+/source)/")
"""The folders that controllers build in; what is left is the path in the repository."""

SHARED_MEMORY = re.compile(r"/dev/shm/\d+")
OTHERS = re.compile(r"there are: [\w, -]+")
"""What our Git server tells of its repositories."""

DURATION = re.compile(r"\b(?:\d+m)?\d+\.\d+(?:s|ms|µs)\b|\b\d+(?:ms|µs)\b")
COUNTED = {
    "size": int,
    "resourceVersion": str,
    "reportingInstance": str,
    "totalReconciliations": int,
    "lastReconciledDuration": str,
}
"""Keys whose value depends on how fast the machine is, or how its archives are packed."""

ASKED = ("reconcile.fluxcd.io/requestedAt", "argocd.argoproj.io/refresh")
LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration"
HELM_RELEASE = "helm.sh/release.v1"
OURS = ("tester",)
"""Field managers of the runner itself."""

USUAL = ("data", "stringData", "binaryData")


class Normal:
    """Puts stand-ins for the commits and addresses of one run of one case."""

    def __init__(self, git_url: str, registry: str, listener: str) -> None:
        self._addresses = {GIT: git_url.rstrip("/"), REGISTRY: registry, LISTENER: listener}
        self._commits: dict[str, str] = {}

    def commit(self, sha: str, name: str) -> None:
        """From now on `sha` reads `@name@`."""
        self._commits.setdefault(sha, f"@{name}@")

    def knows(self, sha: str) -> bool:
        """Whether it has a stand-in."""
        return sha in self._commits

    def real(self, text: str) -> str:
        """The opposite, for what is sent: `@commit-1@` and the addresses of what is around."""
        for sha, name in self._commits.items():
            text = text.replace(name, sha)
        for name, address in self._addresses.items():
            text = text.replace(name, address)
        return text

    def text(self, text: str) -> str:
        """One text with its stand-ins."""
        for name, address in self._addresses.items():
            text = text.replace(address, name)
        text = UID.sub("<uid>", text)
        text = OTHERS.sub("there are: <others>", TEMPORARY.sub("", text))
        text = SHARED_MEMORY.sub("/dev/shm/<file>", text)
        text = DIGEST.sub(r"sha256\1<digest>", text)
        text = HEX.sub(self._name, text)
        text = CLOCK.sub("<clock>", TIME.sub("<time>", text))
        text = ADDRESS.sub("<address>", HOST.sub("http://<address>", text))
        return DURATION.sub("<duration>", text)

    def value(self, value: Any, key: str = "") -> Any:
        """Any JSON value with its stand-ins."""
        if isinstance(value, dict):
            return {self.text(name): self.value(each, name) for name, each in value.items()}
        if isinstance(value, list):
            found = [self.value(each, key) for each in value]
            return _side_by_side(found) if key == "resources" else found
        if key in COUNTED and isinstance(value, COUNTED[key]):
            return f"<{key}>"
        return self.text(value) if isinstance(value, str) else value

    def _name(self, match: "re.Match[str]") -> str:
        found = match.group()
        for sha, name in self._commits.items():
            if sha == found:
                return name
            if sha.startswith(found):
                return f"{name[:-1]}~{len(found)}@"
        return found


def _side_by_side(rows: list[Any]) -> list[Any]:
    """Neighbours of one kind by name: Argo CD applies them at the same time, and lists them as they
    are done.
    """
    groups = groupby(rows, key=lambda row: (row.get("kind"), row.get("syncPhase")))
    return [row for _, group in groups for row in sorted(group, key=_name_of)]


def _name_of(row: Any) -> str:
    return f"{row.get('namespace', '')}/{row.get('name', '')}"


def engine_view(obj: Object) -> dict[str, Any]:
    """What counts of an engine's own resource: its status, and the marks that controllers set."""
    view = _marks(obj["metadata"])
    for key in ("operation", "status"):
        if obj.get(key) is not None:
            view[key] = obj[key]
    return view


def object_view(obj: Object, fields: Sequence[str]) -> dict[str, Any]:
    """What counts of a managed object: marks and data, or the fields that the case names."""
    view = _marks(obj["metadata"])
    if fields:
        return {**view, **{path: dig(obj, path) for path in fields}}
    wanted = () if obj.get("type") == HELM_RELEASE else USUAL
    for key in wanted:
        if obj.get(key):
            view[key] = obj[key]
    return {**view, "managers": _managers(obj["metadata"])}


def dig(value: Any, path: str) -> Any:
    """The value at a dotted path, with a number for a list's item; None where there is none."""
    for key in path.split("."):
        if isinstance(value, list) and key.isdigit():
            value = value[int(key)] if int(key) < len(value) else None
        elif isinstance(value, Mapping):
            value = value.get(key)
        else:
            return None
    return value


def _marks(metadata: Mapping[str, Any]) -> dict[str, Any]:
    view: dict[str, Any] = {}
    labels = dict(metadata.get("labels") or {})
    labels.pop("modifiedAt", None)
    annotations = {
        key: json.loads(value) if key == LAST_APPLIED else value
        for key, value in (metadata.get("annotations") or {}).items()
        if key not in ASKED
    }
    owners = [f"{each['kind']}/{each['name']}" for each in metadata.get("ownerReferences") or []]
    finalizers = sorted(metadata.get("finalizers") or [])
    found = {
        "labels": labels,
        "annotations": annotations,
        "owners": owners,
        "finalizers": finalizers,
        "deleting": "deletionTimestamp" in metadata,
    }
    view.update({key: value for key, value in found.items() if value})
    return view


def _managers(metadata: Mapping[str, Any]) -> list[str]:
    rows = {
        f"{row.get('manager')} {row.get('operation')} {row.get('subresource', '')}".strip()
        for row in metadata.get("managedFields") or []
        if row.get("manager") not in OURS
    }
    return sorted(rows)
