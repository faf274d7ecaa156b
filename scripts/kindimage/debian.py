"""The base: a small Debian, as one tar file, and which file in it belongs to which package."""

import os
import shutil
import tarfile
from collections.abc import Iterable
from pathlib import Path

from scripts.kindimage.common import DEBIAN, Failure, cache, run, say

PACKAGES = [
    "bash",
    "ca-certificates",
    "conntrack",
    "containernetworking-plugins",
    "curl",
    "dbus",
    "e2fsprogs",
    "ethtool",
    "iproute2",
    "iptables",
    "jq",
    "kmod",
    "libseccomp2",
    "mount",
    "nftables",
    "procps",
    "runc",
    "socat",
    "systemd",
    "systemd-sysv",
    "util-linux",
]
_UNWANTED = ("var/cache/apt/", "var/lib/apt/lists/", "var/log/", "usr/share/man/", "dev/")
_MERGED = ("bin/", "sbin/", "lib/", "lib64/")


def base() -> Path:
    """The tar file, made by debootstrap unless it lies in the cache. It takes a minute, as root."""
    result = cache() / f"debian-{DEBIAN}.tar"
    if result.exists():
        return result
    if os.geteuid() != 0:
        raise Failure("debootstrap needs root. Run this one script with sudo.")
    if not shutil.which("debootstrap"):
        raise Failure("debootstrap is missing: apt-get install debootstrap")
    tree = cache() / f".debian-{DEBIAN}"
    shutil.rmtree(tree, ignore_errors=True)
    say(f"debootstrap {DEBIAN}")
    command = ["debootstrap", "--variant=minbase", f"--include={','.join(PACKAGES)}"]
    run([*command, DEBIAN, tree, *_mirror()])
    fresh = result.with_suffix(".new")
    run(["tar", "--numeric-owner", "-C", tree, "-cf", fresh, "."])
    fresh.replace(result)
    shutil.rmtree(tree)
    return result


def _mirror() -> list[str]:
    """Where this machine's own apt gets that Debian from; debootstrap knows a place otherwise."""
    if chosen := os.environ.get("GITOPS_LAB_DEBIAN_MIRROR"):
        return [chosen]
    asked = ["apt-get", "indextargets", "--format", "$(REPO_URI)"]
    told = run([*asked, f"Codename: {DEBIAN}", "Created-By: Packages"], capture=True)
    return told.split()[:1]


def wanted(name: str) -> bool:
    """Whether a file of the base has a use in a node; licences do."""
    if name.startswith("usr/share/doc/"):
        return name.endswith("/copyright")
    return not any(name.startswith(prefix) and name != prefix.rstrip("/") for prefix in _UNWANTED)


def plain(name: str) -> str:
    """A member's name without the leading dot and slashes."""
    return name.removeprefix("./").strip("/")


def files_of(tar: tarfile.TarFile, packages: Iterable[str]) -> set[str]:
    """Names of all files that these packages brought, with the merged /usr taken into account."""
    found: set[str] = set()
    asked = set(packages)
    for member in tar:
        name = plain(member.name)
        if not (name.startswith("var/lib/dpkg/info/") and name.endswith(".list")):
            continue
        if Path(name).stem.split(":")[0] in asked:
            content = tar.extractfile(member)
            assert content is not None
            found |= {merged(plain(line)) for line in content.read().decode().splitlines()}
    return found


def merged(name: str) -> str:
    """Where a file of /bin, /sbin or /lib really lies."""
    return f"usr/{name}" if name.startswith(_MERGED) else name
