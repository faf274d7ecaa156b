"""Ready-made checks of objects in a cluster."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gitops_lab.checks.managers import wrote
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World, full_kind, key_of
from gitops_lab.kube.objects import labels_of

_STEP = re.compile(r"([^.\[\]]+)|\[([^\]]+)\]")
MISSING = object()
ROLLOUT = "the rollout"


@dataclass(frozen=True)
class Named:
    """Which object a check is about: `Deployment/web` in a namespace of a cluster."""

    kind: str
    name: str
    namespace: str = "default"
    cluster: str = ""

    def __str__(self) -> str:
        where = f" of cluster {self.cluster}" if self.cluster else ""
        return f"{self.kind.rpartition('/')[2]}/{self.name} in namespace {self.namespace}{where}"

    def get(self, world: World) -> dict[str, Any] | None:
        """The object as it is now, or None."""
        return world.find(full_kind(self.kind), self.name, self.namespace, self.cluster)

    def key(self, world: World) -> str:
        """How a baseline names it."""
        identity = key_of(self.kind, self.name, self.namespace)
        return f"{self.cluster or world.home}:{identity}"


@dataclass(frozen=True)
class HasField:
    """An object's field has a value. Path as `spec.template.spec.containers[web].image`."""

    object: Named
    path: str
    value: Any
    app: str = ""

    def look(self, world: World) -> Sight:
        """Compare the field as it is with the value."""
        expected = f"{self.path} of {self.object} is {told(self.value)}"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, app=self.app)
        seen = field_of(obj, self.path)
        what = "is not set" if seen is MISSING else f"is {told(seen)}"
        waits = ROLLOUT if self.path.startswith("status") and seen != self.value else ""
        passed = seen == self.value
        return Sight(passed, f"{self.path} {what}", expected, app=self.app, waits=waits)


@dataclass(frozen=True)
class RunsImage:
    """A Deployment asks for an image, and every pod of it runs that image and is ready."""

    object: Named
    image: str
    container: str = ""
    app: str = ""

    def look(self, world: World) -> Sight:
        """Compare the template's image and the rollout."""
        expected = f"{self.object} runs {self.image}, all pods ready"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, app=self.app)
        seen = self._image(obj)
        if seen != self.image:
            return Sight(False, f"it runs {seen or 'no image'}", expected, app=self.app)
        done, progress = rollout(obj)
        sight = Sight(done, f"it runs {seen}, {progress}", expected, app=self.app)
        return sight if done else sight.but(waits=ROLLOUT)

    def _image(self, obj: Mapping[str, Any]) -> str:
        for container in obj["spec"]["template"]["spec"]["containers"]:
            if not self.container or container["name"] == self.container:
                return str(container.get("image", ""))
        return ""


@dataclass(frozen=True)
class HasReplicas:
    """A Deployment asks for a number of pods, and they are all ready."""

    object: Named
    count: int
    app: str = ""

    def look(self, world: World) -> Sight:
        """Compare spec.replicas and the rollout."""
        expected = f"{self.object} has {self.count} pods, all ready"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, app=self.app)
        seen = int(obj["spec"].get("replicas", 1))
        if seen != self.count:
            return Sight(False, f"it asks for {seen}", expected, app=self.app)
        done, progress = rollout(obj)
        sight = Sight(done, f"it asks for {seen}, {progress}", expected, app=self.app)
        return sight if done else sight.but(waits=ROLLOUT)


@dataclass(frozen=True)
class OwnedByGit:
    """A field of an object belongs to the engine: its value comes from Git.

    `metadata.managedFields` says so. Path as `data.banner`, plain names only.
    """

    object: Named
    path: str
    app: str = ""

    def look(self, world: World) -> Sight:
        """Read who owns the field."""
        expected = f"{self.path} of {self.object} comes from Git"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, app=self.app)
        found = owners(obj, self.path)
        managers = ", ".join(manager for manager, _ in found)
        seen = f"it is owned by {managers}" if found else "nobody owns it"
        return Sight(wrote(found), seen, expected, app=self.app)


@dataclass(frozen=True)
class Absent:
    """An object is not there."""

    object: Named
    app: str = ""

    def look(self, world: World) -> Sight:
        """Look for the object."""
        there = self.object.get(world) is not None
        seen = f"{self.object} is there" if there else f"there is no {self.object}"
        return Sight(not there, seen, f"there is no {self.object}", app=self.app)


@dataclass(frozen=True)
class Present:
    """An object is there."""

    object: Named
    app: str = ""

    def look(self, world: World) -> Sight:
        """Look for the object."""
        there = self.object.get(world) is not None
        seen = f"{self.object} is there" if there else f"there is no {self.object}"
        return Sight(there, seen, f"{self.object} is there", app=self.app)


@dataclass(frozen=True)
class Counted:
    """A namespace holds a number of objects of a kind; those with all given labels."""

    kind: str
    namespace: str
    count: int
    labels: Mapping[str, str] = field(default_factory=dict)
    app: str = ""
    cluster: str = ""

    def look(self, world: World) -> Sight:
        """Count what is there; objects on their way out don't count."""
        api_version, _, kind = full_kind(self.kind).rpartition("/")
        there = world.client(self.cluster).list(api_version, kind, self.namespace).items
        mine = [
            obj
            for obj in there
            if self.labels.items() <= labels_of(obj).items()
            and not obj["metadata"].get("deletionTimestamp")
        ]
        expected = f"{self.count} {kind} objects in namespace {self.namespace}"
        sight = Sight(len(mine) == self.count, f"{len(mine)}", expected, app=self.app)
        return sight if sight.passed or kind != "Pod" else sight.but(waits=ROLLOUT)


def rollout(deployment: Mapping[str, Any]) -> tuple[bool, str]:
    """Whether a Deployment has all its pods on the newest template, and how far it is."""
    spec, status = deployment["spec"], deployment.get("status") or {}
    wanted = int(spec.get("replicas", 1))
    ready = min(int(status.get("updatedReplicas", 0)), int(status.get("availableReplicas", 0)))
    current = status.get("observedGeneration", 0) >= deployment["metadata"].get("generation", 0)
    done = current and ready == wanted == int(status.get("replicas", 0))
    return done, f"{ready} of {wanted} new pods ready"


def field_of(obj: Any, path: str) -> Any:
    """The value at a path, or `MISSING`. `[web]` picks a list's entry by name, `[0]` by place."""
    value = obj
    for plain, chosen in _STEP.findall(path):
        if chosen and isinstance(value, list):
            value = _entry(value, chosen)
        elif isinstance(value, Mapping):
            value = value.get(plain or chosen, MISSING)
        else:
            return MISSING
    return value


def owners(obj: Mapping[str, Any], path: str) -> list[tuple[str, str]]:
    """The field managers that own a field, each with its way of writing: Apply or Update."""
    found = []
    for entry in obj["metadata"].get("managedFields") or []:
        fields = entry.get("fieldsV1") or {}
        for name in path.split("."):
            fields = fields.get(f"f:{name}") if isinstance(fields, Mapping) else None
        if fields is not None:
            found.append((str(entry.get("manager", "")), str(entry.get("operation", ""))))
    return found


def told(value: Any) -> str:
    """A value as a learner reads it: short texts plain, others as they'd be written in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"“{value}”" if " " in value or not value else value
    return str(value)


def _entry(entries: list[Any], chosen: str) -> Any:
    if chosen.isdigit() and int(chosen) < len(entries):
        return entries[int(chosen)]
    named = (e for e in entries if isinstance(e, Mapping) and e.get("name") == chosen)
    return next(named, MISSING)
