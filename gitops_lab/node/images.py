"""From an image reference to what is run, with a container runtime's own words when it fails."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gitops_lab.node.simulated import simulated

_HOST = re.compile(r"(?:localhost|[A-Za-z0-9.-]+\.[A-Za-z0-9.-]+|[A-Za-z0-9.-]+:[0-9]+)")
_PATH = re.compile(
    r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}")


class Image(Protocol):
    """What an image reference stands for."""

    @property
    def reference(self) -> str: ...  # noqa: D102
    @property
    def command(self) -> tuple[str, ...]: ...  # noqa: D102
    @property
    def environment(self) -> Mapping[str, str]: ...  # noqa: D102
    @property
    def ports(self) -> tuple[int, ...]: ...  # noqa: D102


@dataclass(frozen=True)
class PullError(Exception):
    """Why a container can't have its image: the waiting reason and the runtime's message."""

    reason: str
    message: str

    def __str__(self) -> str:
        return self.message


class Images:
    """The images that can be run or shown, found by any way to write their reference."""

    def __init__(self, images: Mapping[str, Image]) -> None:
        self._images = {full_reference(name): image for name, image in images.items()}
        self._offered = ", ".join(sorted(images)) or "none"

    def pull(self, reference: str, policy: str) -> Image:
        """The image. Raises PullError: InvalidImageName, ErrImageNeverPull or ErrImagePull."""
        try:
            full = full_reference(reference)
        except ValueError as error:
            message = f'Failed to apply default image tag "{reference}": {error}'
            raise PullError("InvalidImageName", message) from error
        image = self._images.get(full)
        if image is not None:
            return image
        if stand_in := simulated(reference, full):
            return stand_in
        if policy == "Never":
            raise PullError(
                "ErrImageNeverPull",
                f'Container image "{reference}" is not present with pull policy of Never',
            )
        raise PullError("ErrImagePull", self._not_found(full))

    def _not_found(self, full: str) -> str:
        return (
            f'rpc error: code = NotFound desc = failed to pull and unpack image "{full}": failed to'
            f' resolve reference "{full}": {full}: not found'
            f" (this cluster runs the sample images only: {self._offered})"
        )


def full_reference(reference: str) -> str:
    """Registry, path and tag spelt out: `web` -> `docker.io/library/web:latest`.

    Raises ValueError with the words of the reference parser.
    """
    rest, at, digest = reference.partition("@")
    first, slash, others = rest.partition("/")
    host, path = (first, others) if slash and _HOST.fullmatch(first) else ("docker.io", rest)
    path, colon, tag = path.partition(":")
    if path != path.lower():
        raise ValueError(
            f'couldn\'t parse image name "{reference}": invalid reference format: '
            "repository name must be lowercase"
        )
    if not _PATH.fullmatch(path) or (colon and not _TAG.fullmatch(tag)):
        raise ValueError(f'couldn\'t parse image name "{reference}": invalid reference format')
    if host == "docker.io" and "/" not in path:
        path = f"library/{path}"
    return f"{host}/{path}{at}{digest}" if at else f"{host}/{path}:{tag or 'latest'}"


def pull_policy(container: Mapping[str, object]) -> str:
    """The declared policy, or Kubernetes' default for the tag."""
    reference = str(container.get("image", ""))
    latest = ":" not in reference.rpartition("/")[2] or reference.endswith(":latest")
    default = "Always" if latest and "@" not in reference else "IfNotPresent"
    return str(container.get("imagePullPolicy") or default)


def image_id(image: Image) -> str:
    """A digest form that stays the same for the same content."""
    content = repr((image.reference, image.command[-1], sorted(image.environment.items())))
    digest = hashlib.sha256(content.encode()).hexdigest()
    name = full_reference(image.reference).rpartition(":")[0]
    return f"{name}@sha256:{digest}"
