"""The images that kubeadm wants in the node, written from scratch around the static binaries."""

import tarfile
from collections.abc import Mapping
from pathlib import Path

from gitops_lab.samples.archive import Image, LayerWriter, layer_of, new_layer, write_archive
from scripts.kindimage import debian
from scripts.kindimage.common import Failure, run, say

SANDBOX = "registry.k8s.io/pause:3.10"
"""What kind's containerd configuration names; kubeadm lists another tag of it."""
NETWORK = "gitops-lab.dev/network:v1"
"""Joins the pods of several nodes (scripts/kindimage/go/network)."""
_OURS = ("pause", "network")
_FILTER_PACKAGES = [
    "conntrack",
    "iptables",
    "kmod",
    "libbsd0",
    "libc6",
    "libedit2",
    "libgcc-s1",
    "libgmp10",
    "libip4tc2",
    "libip6tc2",
    "libjansson4",
    "libkmod2",
    "liblzma5",
    "libmd0",
    "libmnl0",
    "libnetfilter-conntrack3",
    "libnfnetlink0",
    "libnftables1",
    "libnftnl11",
    "libssl3",
    "libtinfo6",
    "libxtables12",
    "libzstd1",
    "nftables",
]
_ALTERNATIVES = ("usr/sbin/iptables", "usr/sbin/ip6tables", "etc/alternatives/ip")
_ROOT_LINKS = ("bin", "sbin", "lib", "lib64")


def wanted_images(kubeadm: Path, version: str) -> list[str]:
    """What kubeadm pulls for this version, by its own word."""
    said = run(
        [kubeadm, "config", "images", "list", f"--kubernetes-version={version}"], capture=True
    )
    return said.split()


def write(path: Path, programs: Mapping[str, Path], base: Path, version: str) -> list[str]:
    """Write all images into one archive; their references."""
    scratch = path.parent / "layers"
    images = []
    for reference in [*wanted_images(programs["kubeadm"], version), SANDBOX, NETWORK]:
        name = reference.rpartition("/")[2].partition(":")[0]
        if name not in programs:
            raise Failure(f"kubeadm wants {reference}, and nothing here builds `{name}`.")
        layer = scratch / f"{name}.tar"
        if not layer.exists():
            say(f"layer of {reference}")
            _layer(layer, name, programs[name], base)
        entry = (f"/{name}",) if name in ("coredns", *_OURS) else ()
        environment = {"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
        images.append(Image(reference, (layer_of(layer),), entry, environment))
    write_archive(path, images)
    return [image.reference for image in images]


def _layer(path: Path, name: str, program: Path, base: Path) -> None:
    with new_layer(path) as writer:
        writer.folder("tmp", 0o777)
        place = f"/{name}" if name in ("coredns", *_OURS) else f"/usr/local/bin/{name}"
        writer.add(program, place, 0o755)
        if name == "kube-proxy":
            _add_packet_filters(writer, base)


def _add_packet_filters(writer: LayerWriter, base: Path) -> None:
    """iptables and nft with their libraries, as kube-proxy calls them."""
    with tarfile.open(base) as tar:
        chosen = debian.files_of(tar, _FILTER_PACKAGES)
        for member in tar:
            name = debian.plain(member.name)
            alternative = name.startswith(_ALTERNATIVES)
            if member.isdir() or not (name in chosen or alternative or name in _ROOT_LINKS):
                continue
            if name.startswith("usr/share/") and not name.endswith("/copyright"):
                continue
            member.name = name
            writer.member(member, tar.extractfile(member) if member.isreg() else None)
