from dataclasses import dataclass
from datetime import datetime, timedelta

from gitops_lab.checks import Answers, Both, Healthy, Named, Recreated, Sight, Synced

WEB = Named("Deployment", "web", "shop")
OUTAGE = Named("ConfigMap", "outage", "gitops")
LIMIT = timedelta(minutes=15)


def moment(text):
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


@dataclass(frozen=True)
class BackInTime:
    """From the loss to a Deployment that is available again."""

    def look(self, world):
        expected = "the shop is back within a quarter of an hour after the cluster was lost"
        lost, web = OUTAGE.get(world), WEB.get(world)
        if lost is None:
            play = "Play it: `sh disaster.sh`, in the clone of shop."
            return Sight(False, "the cluster was never lost", expected, next=play, by_hand=True)
        conditions = ((web or {}).get("status") or {}).get("conditions") or []
        true = {c["type"]: c for c in conditions if c["status"] == "True"}
        up = true.get("Available")
        if up is None:
            return Sight(False, "the shop is down", expected, app="shop")
        took = moment(up["lastTransitionTime"]) - moment(lost["metadata"]["creationTimestamp"])
        if took < timedelta():
            return Sight(False, "it was never down since then", expected, by_hand=True)
        seen = f"it was back after {took.total_seconds():.0f} s"
        return Sight(took <= LIMIT, seen, expected, app="shop")


def test_lost(expect):
    """The shop was lost, and is there again"""
    expect(Recreated(WEB, app="shop"))


def test_engine(expect):
    """The engine keeps it, as Git says"""
    expect(Both(Synced("shop"), Healthy("shop")))


def test_page(expect):
    """The page answers"""
    expect(Answers("web", "shop", fields={"message": "Open all night"}, app="shop"))


def test_clock(expect):
    """It was quick enough"""
    expect(BackInTime())
