from dataclasses import dataclass

from gitops_lab.checks import ApplicationIs, Both, Named, RunsImage, Sight

NEW = "gitops-lab/web:1.1"


@dataclass(frozen=True)
class First:
    """The Job migrate was done before the first pod of the new version was made."""

    def look(self, world):
        expected = f"the Job migrate is done before the first pod of {NEW} is made"
        job = world.find("batch/v1/Job", "migrate", "shop")
        pods = [pod for pod in world.client().list("v1", "Pod", "shop").items if _is_new(pod)]
        if job is None:
            waits = "" if pods else "the sync"
            return Sight(False, "there is no Job migrate", expected, waits=waits)
        done = (job.get("status") or {}).get("completionTime")
        if not pods:
            seen = f"no pod runs {NEW}"
            return Sight(False, seen, expected, change="deploy/deployment.yaml", waits="the sync")
        began = min(pod["metadata"]["creationTimestamp"] for pod in pods)
        if not done or began < done:
            seen = f"a pod of {NEW} was made before the job was done"
            anew = "No commit takes that back: `gitops-lab reset order`, and release again."
            return Sight(False, seen, expected, "apply", anew)
        return Sight(True, f"the job was done at {done}, the first pod made at {began}", expected)


def _is_new(pod):
    gone = "deletionTimestamp" in pod["metadata"]
    mine = pod["metadata"].get("labels", {}).get("app") == "web"
    return mine and not gone and pod["spec"]["containers"][0]["image"] == NEW


def test_order(expect):
    """The job ran before the release"""
    runs = RunsImage(Named("Deployment", "web", "shop"), NEW)
    expect(Both(First(), runs, ApplicationIs("shop")))
