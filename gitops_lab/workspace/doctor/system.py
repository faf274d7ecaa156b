"""Which operating system this is, and how one installs something on it."""

import os
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

_INSTALL = {
    "debian": "sudo apt-get install -y {}",
    "fedora": "sudo dnf install -y {}",
    "arch": "sudo pacman -S {}",
    "alpine": "sudo apk add {}",
    "suse": "sudo zypper install -y {}",
    "macos": "brew install {}",
}
_ALSO = {"ubuntu": "debian", "rhel": "fedora", "centos": "fedora", "opensuse": "suse"}


@dataclass(frozen=True)
class System:
    """`family` is debian, fedora, arch, alpine, suse, macos, windows, or linux for any other."""

    family: str
    name: str
    wsl: bool = False

    @property
    def linux(self) -> bool:
        """Whether it is any Linux, WSL included."""
        return self.family not in ("macos", "windows")

    def install(self, package: str, **others: str) -> str:
        """The command that installs a package; `others` has its name, by family, if it differs.

        "" where we know none.
        """
        command = _INSTALL.get(self.family)
        return command.format(others.get(self.family, package)) if command else ""


def this_system() -> System:
    """The one that we run on."""
    if sys.platform == "darwin":
        return System("macos", f"macOS {platform.mac_ver()[0]}")
    if sys.platform == "win32":
        return System("windows", f"Windows {platform.release()}")
    wsl = "microsoft" in platform.release().lower() or "WSL_DISTRO_NAME" in os.environ
    try:
        text = Path("/etc/os-release").read_text()
    except OSError:
        text = ""
    return linux(text, wsl=wsl)


def linux(os_release: str, *, wsl: bool = False) -> System:
    """The Linux that an os-release file describes."""
    lines = (line.partition("=") for line in os_release.splitlines())
    values = {key: value.strip("\"'") for key, _, value in lines}
    words = [values.get("ID", ""), *values.get("ID_LIKE", "").split()]
    families = (_ALSO.get(word, word) for word in words)
    family = next((each for each in families if each in _INSTALL), "linux")
    name = values.get("PRETTY_NAME") or "Linux"
    return System(family, f"{name} in WSL" if wsl else name, wsl)
