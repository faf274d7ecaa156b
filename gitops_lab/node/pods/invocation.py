"""From a container's declaration and its image to the command that is run."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.kube.objects import Object, name_of
from gitops_lab.node.images import Image
from gitops_lab.node.pods import volumes
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.environment import Surroundings, expand, references, resolve
from gitops_lab.node.processes import Command
from gitops_lab.node.simulated import SimulatedImage

_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Invocation:
    """A container that is ready to be run, and to run further commands in."""

    command: Command
    ports: tuple[int, ...]
    simulated: bool = False

    def beside(self, arguments: tuple[str, ...], name: str, *, tty: bool = False) -> Command:
        """Another command in the same place: a probe, a hook, or exec."""
        pid_file = self.command.pid_file.with_name(f"{self.command.pid_file.name}.{name}")
        own = self.command
        terminal = {"TERM": "xterm"} if tty else {}
        environment = {**terminal, **own.environment}
        return Command(arguments, environment, own.folder, pid_file, tty)


async def prepare(context: PodContext, container: Object, image: Image) -> Invocation:
    """Resolve variables, link the mounts and find the ports.

    Raises ConfigError, MountError, or ApiError.
    """
    simulated = isinstance(image, SimulatedImage)
    if isinstance(image, SimulatedImage) and not image.configured:
        container = {**container, "env": [], "envFrom": []}
    sources = await context.fetch(references(container))
    namespace = context.pod["metadata"]["namespace"]
    services = context.machine.services_of(namespace)
    if context.pod["spec"].get("enableServiceLinks") is False:
        services = {k: v for k, v in services.items() if k.startswith("KUBERNETES_")}
    declared = resolve(context.pod, container, Surroundings(sources, context.address, services))
    root = context.folder / "containers" / container["name"]
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    mounts = container.get("volumeMounts") or []
    volumes.mount(root, context.volumes, mounts)
    ports = _ports(container, image)
    context.machine.addresses.map_ports(context.uid, ports)
    environment = _environment(context, root, image) | declared | _injected(context, declared)
    folder = _folder(root, container.get("workingDir") or "")
    arguments = _arguments(container, image, environment)
    pid_file = context.machine.config.root / "run" / f"{context.uid}.{container['name']}"
    command = Command(arguments, environment, folder, pid_file, bool(container.get("tty")))
    return Invocation(command, ports, simulated)


def _ports(container: Object, image: Image) -> tuple[int, ...]:
    declared = (int(port["containerPort"]) for port in container.get("ports") or [])
    return tuple(dict.fromkeys([*declared, *image.ports]))


def _environment(context: PodContext, root: Path, image: Image) -> dict[str, str]:
    """What a process has besides what the pod declares."""
    return {
        "PATH": _PATH,
        "HOME": str(root),
        "TMPDIR": str(root / "tmp"),
        "HOSTNAME": context.pod["spec"].get("hostname") or name_of(context.pod),
        "GITOPS_LAB_MOUNT_ROOT": str(root),
        **image.environment,
    }


def _injected(context: PodContext, declared: Mapping[str, str]) -> dict[str, str]:
    """Where to listen: the address, and ports that differ from the container's."""
    place = context.place
    differing = {f"PORT_{port}": str(real) for port, real in place.ports.items() if port != real}
    found = {"GITOPS_LAB_ADDRESS": place.bind, **differing}
    return found if "POD_IP" in declared else {"POD_IP": place.bind, **found}


def _folder(root: Path, declared: str) -> Path:
    parts = [part for part in Path(declared).parts if part != "/"]
    if ".." in parts:
        raise volumes.MountError(f"invalid working directory: {declared}")
    folder = root.joinpath(*parts)
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _arguments(container: Object, image: Image, values: Mapping[str, str]) -> tuple[str, ...]:
    command = tuple(expand(text, values) for text in container.get("command") or ())
    arguments = tuple(expand(text, values) for text in container.get("args") or ())
    return (command or image.command) + arguments
