"""Ready-made checks of what became of objects since the step began."""

from dataclasses import dataclass

from gitops_lab.checks.baseline import Stood
from gitops_lab.checks.objects import ROLLOUT, Named, rollout
from gitops_lab.checks.verdict import Sight
from gitops_lab.checks.world import World
from gitops_lab.kube import Object
from gitops_lab.kube.objects import labels_of


@dataclass(frozen=True)
class PodReplaced:
    """A pod of a Deployment is gone since the step began, and another one took its place.

    The Deployment itself is the same, with the same template: no release has replaced the pod.
    """

    object: Named

    def look(self, world: World) -> Sight:
        """Compare the pods with those that stood when the step began."""
        expected = f"a pod of {self.object} was deleted, and another one stands in for it"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, by_hand=True)
        before = world.since.objects.get(self.object.key(world))
        if before is None or before.uid != obj["metadata"]["uid"]:
            return Sight(False, "the Deployment itself is another one", expected, by_hand=True)
        if before.generation != obj["metadata"].get("generation"):
            return Sight(False, "the Deployment itself was changed", expected, by_hand=True)
        return self._pods(world, obj, expected)

    def _pods(self, world: World, obj: Object, expected: str) -> Sight:
        wanted: dict[str, str] = obj["spec"]["selector"]["matchLabels"]
        place = world.client(self.object.cluster).list("v1", "Pod", self.object.namespace)
        mine = [p for p in place.items if wanted.items() <= labels_of(p).items()]
        known = {stood.uid for stood in world.since.objects.values()}
        new = [pod for pod in mine if pod["metadata"]["uid"] not in known]
        if not new:
            return Sight(False, "its pods are those of before", expected, by_hand=True)
        done, progress = rollout(obj)
        return Sight(done, f"a new pod, {progress}", expected, by_hand=True, waits=ROLLOUT)


@dataclass(frozen=True)
class Recreated:
    """An object was deleted since the step began and is there again: with another uid."""

    object: Named
    app: str = ""

    def look(self, world: World) -> Sight:
        """Compare the uid with the one that the object had."""
        expected = f"{self.object} was deleted since this step began, and is there again"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, app=self.app)
        before = world.since.objects.get(self.object.key(world))
        same = before is not None and before.uid == obj["metadata"]["uid"]
        seen = "it is still the same object" if same else "it is there, and a new one"
        return Sight(not same, seen, expected, app=self.app, by_hand=same)


@dataclass(frozen=True)
class Untouched:
    """An object was neither deleted nor made anew since the step began.

    Changes are fine, unless its `spec` is to be the same, too.
    """

    object: Named
    app: str = ""
    spec: bool = False

    def look(self, world: World) -> Sight:
        """Compare the uid with the one that the object had."""
        expected = f"{self.object} is the same object as when this step began"
        obj = self.object.get(world)
        if obj is None:
            return Sight(False, f"there is no {self.object}", expected, app=self.app)
        before = world.since.objects.get(self.object.key(world))
        same = before is not None and before.uid == obj["metadata"]["uid"]
        if same and before and self.spec and before.generation != Stood.of(obj).generation:
            seen = "it is the same object, and its spec was changed"
            return Sight(False, seen, f"{expected}, with the same spec", app=self.app)
        seen = "it is the same" if same else "it was deleted and made anew"
        back = "" if same else "Reset the step: `gitops-lab reset`."
        return Sight(same, seen, expected, "" if same else "apply", back, app=self.app)


@dataclass(frozen=True)
class Suspended:
    """An app is suspended, or with `suspended=False` taken up again."""

    app: str
    suspended: bool = True

    def look(self, world: World) -> Sight:
        """Read the app's spec."""
        words = {True: "suspended", False: "not suspended"}
        app = world.app(self.app)
        if app is None:
            return Sight(False, f"there is no GitOpsApp {self.app}", f"{words[self.suspended]}")
        now = bool(app["spec"].get("suspend"))
        seen = f"the app {self.app} is {words[now]}"
        verb = "suspend" if self.suspended else "resume"
        step = "" if now == self.suspended else f"Run `gitops-lab app {verb} {self.app}`."
        expected = f"the app {self.app} is {words[self.suspended]}"
        return Sight(now == self.suspended, seen, expected, next=step, by_hand=True)
