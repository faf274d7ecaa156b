"""ImageRepository: a look at the tags of an image, again after each interval."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from gitops_lab.dialects.flux.draft import REQUESTED_AT, Draft
from gitops_lab.dialects.flux.durations import duration, seconds
from gitops_lab.dialects.flux.fetching import ask
from gitops_lab.dialects.flux.images.passes import Failed, Outcome, Passes, Stalled
from gitops_lab.dialects.flux.images.tags import InvalidPolicy, TagDatabase, without
from gitops_lab.dialects.flux.part import Context
from gitops_lab.engine.clock import now, parse, stamp
from gitops_lab.kube.objects import annotations_of
from gitops_lab.registry import Pushed, Reference, RegistryError

KIND = "ImageRepository"
CONTROLLER = "image-reflector-controller"
_NEWEST = 10
_UNSUPPORTED = ("certSecretRef", "proxySecretRef", "serviceAccountName")


class ImageRepositories(Passes):
    """The controller of all ImageRepositories. `scanned` is told of each scan with news."""

    def __init__(
        self, context: Context, tags: TagDatabase, *, scanned: Callable[[str, str], None]
    ) -> None:
        super().__init__(context, KIND, CONTROLLER, self._look)
        self._tags = tags
        self._scanned = scanned
        self._unsubscribe: Callable[[], None] = lambda: None

    def start(self) -> None:
        """Begin to follow, and to hear of pushes in timing `lab`."""
        self.controller.start()
        if self._context.lab and self._context.world.registry is not None:
            self._unsubscribe = self._context.world.registry.store.subscribe(self._pushed)

    def stop(self) -> None:
        """End."""
        self._unsubscribe()
        self.controller.stop()

    def _pushed(self, pushed: Pushed) -> None:
        registry = self._context.world.registry
        assert registry is not None
        readers = self.chosen(
            lambda obj: registry.repository_of(str(obj["spec"].get("image"))) == pushed.repository
        )
        why = "push to the registry (timing lab; Flux would see it at its next scan)"
        threading.Thread(target=ask, args=(self._context, readers, why), daemon=True).start()

    def _look(self, draft: Draft) -> Outcome:
        _refuse_unsupported(draft)
        canonical = canonical_name(str(draft.spec.get("image")))
        why = self._why(draft, canonical)
        interval = seconds(draft.spec.get("interval"), 60.0)
        before = (draft.status.get("lastScanResult") or {}).get("revision")
        if why:
            draft.reconciling("Progressing", f"scanning: {why}")
            self._scan(draft, canonical)
            pause = interval
        else:
            pause = max(interval - self._age(draft), 1.0)
        result = draft.status["lastScanResult"]
        draft.status["canonicalImageName"] = canonical
        draft.status["observedExclusionList"] = _exclusions(draft)
        message = (
            f"successful scan: found {result['tagCount']} tags with checksum {result['revision']}"
        )
        changed = before != result["revision"]
        what = "successful scan" if changed else "tags did not change"
        told = what if why else "no change in repository configuration since last scan"
        quiet = f"{told}, next scan in {duration(pause)}"
        if not why:
            return Outcome(message, pause, quiet=quiet)
        after = partial(self._scanned, draft.namespace, draft.name)
        return Outcome(message, pause, quiet=quiet, after=after)

    def _why(self, draft: Draft, canonical: str) -> str:
        """The reason for a scan now; "" for none."""
        status = draft.status
        asked = annotations_of(draft.obj).get(REQUESTED_AT)
        if not status.get("lastScanResult"):
            return "first scan"
        if asked and asked != status.get("lastHandledReconcileAt"):
            return "reconcile requested"
        if status.get("canonicalImageName") != canonical:
            return "new image name"
        if status.get("observedExclusionList") != _exclusions(draft):
            return "exclusion list update"
        if not self._tags.get(canonical):
            return "no tags in database"
        interval = seconds(draft.spec.get("interval"), 60.0)
        return "triggered by interval" if interval - self._age(draft) < 1 else ""

    def _age(self, draft: Draft) -> float:
        scanned = parse(str(draft.status["lastScanResult"].get("scanTime")))
        return (datetime.now(UTC) - scanned).total_seconds() if scanned else float("inf")

    def _scan(self, draft: Draft, canonical: str) -> None:
        registry = self._context.world.registry
        image = str(draft.spec["image"])
        repository = registry.repository_of(image) if registry else None
        if registry is None or repository is None:
            told = f"scan failed: {image} is not in the workspace's registry, and no other is read"
            raise Failed("ReadOperationFailed", told)
        try:
            tags = without(registry.store.tags(repository), _exclusions(draft))
        except (RegistryError, InvalidPolicy) as error:
            told = error.paragraph() if isinstance(error, RegistryError) else str(error)
            raise Failed("ReadOperationFailed", f"scan failed: {told}") from error
        result = {
            "revision": self._tags.put(canonical, tags),
            "tagCount": len(tags),
            "scanTime": stamp(now()),
        }
        newest = sorted(tags, reverse=True)[:_NEWEST]
        draft.status["lastScanResult"] = {**result, "latestTags": newest} if newest else result


def canonical_name(image: str) -> str:
    """`index.docker.io/library/web`, as Flux writes an image's name in full. Raises Stalled."""
    if "://" in image:
        scheme = image.partition("://")[0]
        told = f"image '{image}' should not include URL scheme; remove '{scheme}://'"
        raise Stalled("ImageURLInvalid", told)
    try:
        reference = Reference.parse(image)
    except RegistryError as error:
        raise Stalled("ImageURLInvalid", error.paragraph()) from error
    if reference.tag:
        told = f"image '{image}' should not include a tag; remove ':{reference.tag}'"
        raise Stalled("ImageURLInvalid", told)
    if reference.host:
        return f"{reference.host}/{reference.path}"
    library = "" if "/" in reference.path else "library/"
    return f"index.docker.io/{library}{reference.path}"


def _exclusions(draft: Draft) -> list[str]:
    return list(draft.spec.get("exclusionList") or [r"^.*\.sig$"])


def _refuse_unsupported(draft: Draft) -> None:
    for field in _UNSUPPORTED:
        if draft.spec.get(field):
            told = (
                f"spec.{field} is not supported by GitOps Lab: the workspace's registry has none."
            )
            raise Stalled("UnsupportedField", told)
    if (draft.spec.get("provider") or "generic") != "generic":
        told = "spec.provider is not supported by GitOps Lab: it needs an account of a cloud."
        raise Stalled("UnsupportedField", told)
