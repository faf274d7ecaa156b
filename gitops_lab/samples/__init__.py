"""The sample apps: what their image references run as a local process."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_WEB = Path(__file__).parent / "web" / "main.py"
_SHOP = Path(__file__).parent / "shop" / "main.py"


@dataclass(frozen=True)
class SampleImage:
    """What an image reference stands for, as a Dockerfile would say it.

    `command` is the argument list of the process, `environment` what the image itself sets,
    `ports` the container ports that it listens on.
    """

    reference: str
    command: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    ports: tuple[int, ...] = ()


def catalog() -> dict[str, SampleImage]:
    """Every image that can be run, by its reference."""
    releases = (
        _web("1.0", "blue"),
        _web("1.1", "green"),
        _web("1.2", "orange", WEB_READY="never"),
        _web("2.0", "purple"),
        # The same under versions in full, which the policies of image automation read.
        _web("1.0", "blue", tag="1.0.0"),
        _web("1.1", "green", tag="1.1.0"),
        _web("1.2", "orange", tag="1.2.0", WEB_READY="never"),
        _web("2.0", "purple", tag="2.0.0"),
        *(_shop(part, "1.0") for part in ("web", "api", "store")),
    )
    return {image.reference: image for image in releases}


def _web(version: str, colour: str, *, tag: str = "", **environment: str) -> SampleImage:
    # -I and -S: no user site, no site-packages; the process starts in half the time.
    return SampleImage(
        reference=f"gitops-lab/web:{tag or version}",
        command=(sys.executable, "-I", "-S", str(_WEB)),
        environment={"WEB_VERSION": version, "WEB_COLOUR": colour, **environment},
        ports=(8080,),
    )


def _shop(part: str, version: str) -> SampleImage:
    return SampleImage(
        reference=f"gitops-lab/shop-{part}:{version}",
        command=(sys.executable, "-I", "-S", str(_SHOP)),
        environment={"SHOP_PART": part, "SHOP_VERSION": version},
        ports=(8080,),
    )
