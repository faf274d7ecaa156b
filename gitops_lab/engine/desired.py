"""From what was rendered to what is applied: namespaces filled in, marks set, noise taken out."""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import PlanError
from gitops_lab.engine.inventory import Entry
from gitops_lab.engine.ownership import NATIVE_MARKS, Marks
from gitops_lab.engine.render import RenderedObject
from gitops_lab.errors import Place
from gitops_lab.kube.errors import UnknownKind
from gitops_lab.kube.objects import GroupKind, Object, ObjectKey, split_api_version
from gitops_lab.kube.order import key_order

CRD = "CustomResourceDefinition"
IsNamespaced = Callable[[str, str], bool]
"""(apiVersion, kind) -> whether objects live in a namespace; raises UnknownKind."""


@dataclass(frozen=True, slots=True)
class Desired:
    """An object as it is to be applied, what it hashes to, and where it was written."""

    key: ObjectKey
    obj: Object
    digest: bytes
    file: str = ""
    line: int = 0

    @property
    def api_version(self) -> str:
        """`apps/v1`."""
        return str(self.obj["apiVersion"])

    @property
    def place(self) -> Place:
        """File, line and object, for errors."""
        return Place(self.file, self.line, str(self.key))

    @property
    def entry(self) -> Entry:
        """The inventory's entry."""
        return Entry(self.key, split_api_version(self.api_version)[1])


class Prepared:
    """What was made of an App's objects the last time: what a commit leaves alone is not made anew.

    The object of a file that a commit leaves alone is the very same one as before.
    """

    def __init__(self) -> None:
        self._app: tuple[str, int] = ("", -1)
        self._known: dict[int, tuple[RenderedObject, bool, Desired]] = {}

    def known(self, app: App, item: RenderedObject, namespaced: bool) -> Desired | None:
        """What was made of this object, as long as neither App nor kind have changed."""
        if self._app != (app.id, app.generation):
            return None
        known = self._known.get(id(item))
        return known[2] if known and known[:2] == (item, namespaced) else None

    def keep(self, app: App, made: Iterable[tuple[RenderedObject, bool, Desired]]) -> None:
        """Remember these, and no others."""
        self._app = (app.id, app.generation)
        self._known = {id(each[0]): each for each in made}


def prepare(
    app: App,
    rendered: Iterable[RenderedObject],
    is_namespaced: IsNamespaced,
    marks: Marks = NATIVE_MARKS,
    *,
    prepared: Prepared | None = None,
) -> tuple[Desired, ...]:
    """What is to be applied, in order. Raises PlanError on unknown kinds and duplicates."""
    objects = list(rendered)
    scopes = _Scopes(objects, is_namespaced)
    desired: dict[ObjectKey, Desired] = {}
    prepared = prepared or Prepared()
    made = []
    for item in objects:
        namespaced = scopes.namespaced(item)
        one = prepared.known(app, item, namespaced) or _desired(app, item, namespaced, marks)
        if one.key in desired:
            raise _duplicate(one, desired[one.key])
        desired[one.key] = one
        made.append((item, namespaced, one))
    prepared.keep(app, made)
    return tuple(sorted(desired.values(), key=lambda one: key_order(one.key)))


class _Scopes:
    """Which kinds live in a namespace, those included that the same commit defines."""

    def __init__(self, objects: Iterable[RenderedObject], is_namespaced: IsNamespaced) -> None:
        self._ask = is_namespaced
        self._known: dict[tuple[str, str], bool] = {}
        self._defined = {kind: scope for item in objects for kind, scope in _definitions(item.obj)}

    def namespaced(self, item: RenderedObject) -> bool:
        api_version, kind = item.obj["apiVersion"], item.obj["kind"]
        group, _ = split_api_version(api_version)
        if (scope := self._defined.get(GroupKind(group, kind))) is not None:
            return scope
        if (api_version, kind) not in self._known:
            self._known[api_version, kind] = self._look_up(api_version, kind, item)
        return self._known[api_version, kind]

    def _look_up(self, api_version: str, kind: str, item: RenderedObject) -> bool:
        try:
            return self._ask(api_version, kind)
        except UnknownKind as error:
            raise PlanError(
                f"the cluster knows no kind {kind} in {api_version}.",
                reason="UnknownKind",
                hint="Correct apiVersion and kind, or add the definition (CRD) to the repository.",
                place=Place(item.file, item.line, str(ObjectKey.of(item.obj)), "kind"),
            ) from error


def _definitions(obj: Object) -> Iterator[tuple[GroupKind, bool]]:
    if obj.get("kind") == CRD:
        spec = _mapping(obj.get("spec"))
        names = _mapping(spec.get("names"))
        group_kind = GroupKind(spec.get("group", ""), names.get("kind", ""))
        yield group_kind, spec.get("scope") != "Cluster"


def _mapping(value: object) -> dict[str, Any]:
    """What somebody wrote where a mapping belongs; the server says so when it is none."""
    return value if isinstance(value, dict) else {}


def _desired(app: App, item: RenderedObject, namespaced: bool, marks: Marks) -> Desired:
    obj = _without_nulls({k: v for k, v in item.obj.items() if k != "status"})
    metadata = dict(obj.get("metadata") or {})
    obj["metadata"] = metadata
    if not metadata.get("name"):
        raise PlanError(
            f"a {obj['kind']} has no metadata.name.",
            reason="NameMissing",
            hint="Give it a name: without one it can't be compared with the cluster.",
            place=Place(item.file, item.line, str(ObjectKey.of(obj)), "metadata.name"),
            retry=False,
        )
    if namespaced:
        metadata["namespace"] = metadata.get("namespace") or app.destination.namespace
    else:
        metadata.pop("namespace", None)
    if obj["kind"] == "Secret" and obj["apiVersion"] == "v1":
        obj = encoded(obj)
    marked = marks.mark(obj, app)
    return Desired(ObjectKey.of(marked), marked, digest_of(marked), item.file, item.line)


def digest_of(obj: Object) -> bytes:
    """16 bytes that stand for an object's content."""
    content = orjson.dumps(obj, option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(content, digest_size=16).digest()


def _without_nulls(value: Any) -> Any:
    """A null asks a client-side apply to delete; applied server-side it would be owned."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def encoded(secret: Object) -> Object:
    """stringData is write-only: what is compared and owned is data."""
    text, data = secret.get("stringData"), secret.get("data") or {}
    if not isinstance(text, dict) or not isinstance(data, dict):
        return secret
    rest = {key: value for key, value in secret.items() if key != "stringData"}
    encoded = {key: base64.b64encode(str(value).encode()).decode() for key, value in text.items()}
    return {**rest, "data": {**data, **encoded}}


def _duplicate(one: Desired, first: Desired) -> PlanError:
    return PlanError(
        f"{one.key} is written twice, first in {first.file}:{first.line}.",
        reason="DuplicateObject",
        hint="Keep one of the two.",
        place=one.place,
        retry=False,
    )
