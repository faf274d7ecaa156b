"""The node's root file system: Debian, the static files of kind's base image, and the programs."""

import json
import re
import tarfile
from collections.abc import Mapping
from pathlib import Path

from gitops_lab.samples.archive import LayerWriter
from scripts.kindimage import contents, debian
from scripts.kindimage.common import run

_SCRIPTS = ("usr/local/bin/", "kind/bin/")
_IN_USR_BIN = ("kubeadm", "kubelet", "kubectl")
_IN_LOCAL_BIN = ("containerd", "ctr", "containerd-shim-runc-v2")
_CNI_PLUGINS = ("host-local", "loopback", "ptp", "portmap", "bridge")
_UNITS = ("kubelet", "containerd", "undo-mount-hacks")
# What starts by default on a Debian machine has no place in a node; kind's Dockerfile says which.
_NOT_STARTED = re.compile(
    r"etc/systemd/system/[^/]+\.wants/."
    r"|usr/lib/systemd/system/(multi-user|local-fs|basic)\.target\.wants/."
    r"|usr/lib/systemd/system/sockets\.target\.wants/.*(udev|initctl)"
    r"|usr/lib/systemd/system/sysinit\.target\.wants/systemd-tmpfiles-setup\.service"
)
ENTRYPOINT = "/usr/local/bin/gitops-lab-entrypoint"

_ENTRY = r"""#!/bin/bash
# Fits the node to a host whose containers can't have CAP_SYS_RESOURCE, then goes on as kind does.
set -o errexit -o nounset -o pipefail
bounding=$(sed -n 's/^CapBnd:[[:space:]]*//p' /proc/self/status)
if (( (16#${bounding} >> 24 & 1) == 0 )); then
  sed -i -e '/^Limit/d' -e '/^OOMScoreAdjust/d' /etc/systemd/system/containerd.service
  sed -i 's/restrict_oom_score_adj = false/restrict_oom_score_adj = true/' \
    /etc/containerd/config.toml
fi
# Pods of a cluster's first node can start at once; the others learn their range from Kubernetes.
if [[ $(hostname) == *-control-plane ]]; then
  cp --no-clobber /etc/gitops-lab/network.conflist /etc/cni/net.d/10-gitops-lab.conflist
fi
exec /usr/local/bin/entrypoint "$@"
"""

# A veth pair for each pod, addresses from the node's range: the first node's, which
# go/network replaces on the others.
_CNI = {
    "cniVersion": "0.4.0",
    "name": "gitops-lab",
    "plugins": [
        {
            "type": "ptp",
            "ipMasq": True,
            "ipam": {
                "type": "host-local",
                "dataDir": "/run/cni-ipam-state",
                "routes": [{"dst": "0.0.0.0/0"}],
                "ranges": [[{"subnet": "10.244.0.0/24"}]],
            },
        },
        {"type": "portmap", "capabilities": {"portMappings": True}},
    ],
}
_CNI_MANIFEST = f"""apiVersion: v1
kind: ServiceAccount
metadata: {{name: gitops-lab-network, namespace: kube-system}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {{name: gitops-lab-network}}
rules: [{{apiGroups: [""], resources: [nodes], verbs: [list, watch]}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {{name: gitops-lab-network}}
roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: gitops-lab-network}}
subjects: [{{kind: ServiceAccount, name: gitops-lab-network, namespace: kube-system}}]
---
apiVersion: apps/v1
kind: DaemonSet
metadata: {{name: gitops-lab-network, namespace: kube-system}}
spec:
  selector: {{matchLabels: {{app: gitops-lab-network}}}}
  template:
    metadata: {{labels: {{app: gitops-lab-network}}}}
    spec:
      hostNetwork: true
      serviceAccountName: gitops-lab-network
      priorityClassName: system-node-critical
      tolerations: [{{operator: Exists}}]
      containers:
      - name: network
        image: {contents.NETWORK}
        imagePullPolicy: Never
        env: [{{name: NODE_NAME, valueFrom: {{fieldRef: {{fieldPath: spec.nodeName}}}}}}]
        securityContext: {{capabilities: {{add: [NET_ADMIN]}}}}
        volumeMounts:
        - {{name: written, mountPath: /etc/cni/net.d}}
        - {{name: template, mountPath: /etc/gitops-lab, readOnly: true}}
      volumes:
      - {{name: written, hostPath: {{path: /etc/cni/net.d}}}}
      - {{name: template, hostPath: {{path: /etc/gitops-lab}}}}
"""
_STORAGE_MANIFEST = """apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata:
  name: standard
  annotations: {storageclass.kubernetes.io/is-default-class: "true"}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
"""


def write(
    path: Path,
    *,
    base: Path,
    kind: Path,
    programs: Mapping[str, Path],
    licences: Mapping[str, Path],
    version: str,
) -> None:
    """Write the node's root file system; `kind` is the folder of kind's Go module."""
    fresh = path.with_name(f".{path.name}.new")
    with tarfile.open(base) as source, tarfile.open(fresh, "w", format=tarfile.GNU_FORMAT) as tar:
        for member in source:
            member.name = debian.plain(member.name)
            if member.name and debian.wanted(member.name) and not _NOT_STARTED.match(member.name):
                _copy(source, member, tar)
        writer = LayerWriter(tar)
        _add_kinds_files(writer, kind / "images" / "base" / "files")
        _add_programs(writer, programs)
        _add_settings(writer, programs["ctr"], version)
        writer.add(kind / "LICENSE", "/LICENSES/kind/LICENSE", 0o644)
        for name, licence in licences.items():
            writer.add(licence, name, 0o644)
    fresh.replace(path)


def _copy(source: tarfile.TarFile, member: tarfile.TarInfo, tar: tarfile.TarFile) -> None:
    if member.islnk():
        member.linkname = debian.plain(member.linkname)
    if member.name == "etc/systemd/journald.conf":
        return
    tar.addfile(member, source.extractfile(member) if member.isreg() else None)


def _add_kinds_files(writer: LayerWriter, files: Path) -> None:
    for path in sorted(files.rglob("*")):
        name = path.relative_to(files).as_posix()
        if path.is_file():
            writer.add(path, name, 0o755 if name.startswith(_SCRIPTS) else 0o644)
    for unit in _UNITS:
        writer.link(
            f"/etc/systemd/system/multi-user.target.wants/{unit}.service",
            f"/etc/systemd/system/{unit}.service",
        )
    writer.link("/etc/systemd/system/systemd-binfmt.service", "/dev/null")
    writer.text("/etc/systemd/journald.conf", "[Journal]\nReadKMsg=no\n")
    writer.text(ENTRYPOINT, _ENTRY, 0o755)


def _add_programs(writer: LayerWriter, programs: Mapping[str, Path]) -> None:
    for name in _IN_USR_BIN:
        writer.add(programs[name], f"/usr/bin/{name}", 0o755)
    for name in _IN_LOCAL_BIN:
        writer.add(programs[name], f"/usr/local/bin/{name}", 0o755)
    writer.add(programs["runc"], "/usr/local/sbin/runc", 0o755)
    for name in _CNI_PLUGINS:
        writer.link(f"/opt/cni/bin/{name}", f"/usr/lib/cni/{name}")


def _add_settings(writer: LayerWriter, ctr: Path, version: str) -> None:
    writer.text("/kind/version", version)
    writer.text("/kind/manifests/default-cni.yaml", _CNI_MANIFEST)
    writer.text("/kind/manifests/default-storage.yaml", _STORAGE_MANIFEST)
    writer.text("/etc/gitops-lab/network.conflist", json.dumps(_CNI, indent=2))
    writer.folder("/etc/cni/net.d")
    writer.text("/etc/containerd/cri-base.json", json.dumps(_container_base(ctr)))
    writer.folder("/etc/kubernetes/manifests")


def _container_base(ctr: Path) -> dict[str, object]:
    """What every container starts from: containerd's default, with kind's hook, without limits."""
    spec: dict[str, object] = json.loads(run([ctr, "oci", "spec"], capture=True))
    spec["hooks"] = {"createContainer": [{"path": "/kind/bin/mount-product-files.sh"}]}
    process = spec["process"]
    assert isinstance(process, dict)
    process.pop("rlimits", None)
    return spec
