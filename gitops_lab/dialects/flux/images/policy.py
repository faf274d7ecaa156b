"""ImagePolicy: the one tag of an ImageRepository that a policy wants."""

from collections.abc import Callable
from typing import Any

from gitops_lab.dialects.flux.draft import Draft
from gitops_lab.dialects.flux.durations import seconds
from gitops_lab.dialects.flux.images.passes import API_VERSION, Failed, Outcome, Passes, Stalled
from gitops_lab.dialects.flux.images.repository import CONTROLLER, canonical_name
from gitops_lab.dialects.flux.images.tags import InvalidPolicy, NoTag, TagDatabase, latest
from gitops_lab.dialects.flux.part import Context
from gitops_lab.kube import Object
from gitops_lab.kube.errors import NotFound
from gitops_lab.kube.objects import labels_of, namespace_of
from gitops_lab.registry import RegistryError

KIND = "ImagePolicy"
_AGAIN = 30.0


class Policies(Passes):
    """The controller of all ImagePolicies. `resolved` is told of each whose image is another."""

    def __init__(
        self, context: Context, tags: TagDatabase, *, resolved: Callable[[str], None]
    ) -> None:
        super().__init__(context, KIND, CONTROLLER, self._resolve)
        self._tags = tags
        self._resolved = resolved

    def start(self) -> None:
        """Begin to follow."""
        self.controller.start()

    def stop(self) -> None:
        """End."""
        self.controller.stop()

    def scanned(self, namespace: str, name: str) -> None:
        """An ImageRepository has new tags: look at its policies."""

        def of_it(obj: Object) -> bool:
            reference = obj["spec"]["imageRepositoryRef"]
            place = reference.get("namespace") or namespace_of(obj)
            return (place, reference["name"]) == (namespace, name)

        self.trigger(of_it)

    def _resolve(self, draft: Draft) -> Outcome:
        spec = draft.spec
        repository = self._repository(draft)
        image = str(repository["spec"]["image"])
        tags = self._tags.get(canonical_name(image))
        if not tags:
            told = f"retrying in {_AGAIN:.0f}s error: no tags in database"
            raise Failed("DependencyNotReady", told, pause=_AGAIN)
        try:
            tag = latest(sorted(tags), spec["policy"], spec.get("filterTags"))
        except InvalidPolicy as error:
            raise Stalled("InvalidPolicy", str(error)) from error
        except NoTag as error:
            raise Failed("Failure", str(error)) from error
        reference = {"name": image, "tag": tag}
        if digest := self._digest(draft, image, tag):
            reference["digest"] = digest
        before = draft.status.get("latestRef")
        if before != reference:
            if before:
                draft.status["observedPreviousRef"] = before
            draft.status["latestRef"] = reference
        always = spec.get("digestReflectionPolicy") == "Always"
        pause = seconds(spec.get("interval"), 600.0) if always else None
        if before == reference:
            return Outcome(_message(draft), pause)
        return Outcome(_message(draft), pause, after=lambda: self._resolved(draft.namespace))

    def _repository(self, draft: Draft) -> Object:
        reference = draft.spec["imageRepositoryRef"]
        namespace = reference.get("namespace") or draft.namespace
        try:
            repository = self._context.client.get(
                API_VERSION, "ImageRepository", reference["name"], namespace
            )
        except NotFound as error:
            told = "failed to get the referred ImageRepository: referenced ImageRepository does not"
            which = f'ImageRepository.image.toolkit.fluxcd.io "{reference["name"]}" not found'
            raise Failed("DependencyNotReady", f"{told} exist: {which}") from error
        if namespace != draft.namespace and not self._lets_in(repository, draft.namespace):
            place = f"{namespace}/{reference['name']}"
            told = f"access denied: '{place}' can't be accessed due to missing ACL labels on"
            told = f"failed to get the referred ImageRepository: {told} 'accessFrom'"
            raise Failed("AccessDenied", told)
        return repository

    def _lets_in(self, repository: Object, namespace: str) -> bool:
        """Whether `accessFrom` lets a policy of another namespace in."""
        selectors = (repository["spec"].get("accessFrom") or {}).get("namespaceSelectors") or []
        labels = labels_of(self._context.client.get("v1", "Namespace", namespace)).items()
        return any((one.get("matchLabels") or {}).items() <= labels for one in selectors)

    def _digest(self, draft: Draft, image: str, tag: str) -> str:
        """As `digestReflectionPolicy` asks: never, once for a tag, or each time."""
        policy = draft.spec.get("digestReflectionPolicy") or "Never"
        if policy == "Never":
            return ""
        known: dict[str, Any] = draft.status.get("latestRef") or {}
        same = (known.get("name"), known.get("tag")) == (image, tag)
        if policy == "IfNotPresent" and same and known.get("digest"):
            return str(known["digest"])
        registry = self._context.world.registry
        assert registry is not None
        try:
            return registry.store.manifest(registry.repository_of(image) or "", tag).digest
        except RegistryError as error:
            told = f"failed fetching digest of {image}:{tag}: {error.message}"
            raise Failed("Failure", told) from error


def _message(draft: Draft) -> str:
    latest_ref = draft.status["latestRef"]
    text = f"Latest image tag for {latest_ref['name']} resolved to {latest_ref['tag']}"
    if latest_ref.get("digest"):
        text += f" with digest {latest_ref['digest']}"
    before = draft.status.get("observedPreviousRef")
    if before and before != latest_ref:
        digest = f"@{before['digest']}" if before.get("digest") else ""
        text += f" (previously {before['name']}:{before['tag']}{digest})"
    return text
