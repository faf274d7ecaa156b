"""What the engine counts, as Prometheus reads it (text format 0.0.4)."""

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

from gitops_lab.engine.events import ChainEvent
from gitops_lab.engine.status import Status, SyncStatus

Labels = tuple[tuple[str, str], ...]


class Metrics:
    """Counts the chain's events; `text` adds how the Apps stand now. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._passed: Counter[Labels] = Counter()
        self._seconds: Counter[Labels] = Counter()
        self._failed: Counter[Labels] = Counter()

    def count(self, event: ChainEvent) -> None:
        """A listener of the chain."""
        seconds = event.data.get("seconds")
        stage = (("app", event.app), ("stage", event.stage))
        with self._lock:
            if event.data.get("failed"):
                self._failed[(*stage, ("reason", event.reason))] += 1
            elif seconds is not None:
                self._passed[stage] += 1
                self._seconds[stage] += seconds

    def text(self, statuses: Mapping[str, Status]) -> str:
        """Everything, one sample a line."""
        with self._lock:
            passed, seconds, failed = (dict(c) for c in (self._passed, self._seconds, self._failed))
        lines = [
            *_family("stage_seconds_count", "counter", "Stages that went through.", passed),
            *_family("stage_seconds_sum", "counter", "Seconds that they took.", seconds),
            *_family("failures_total", "counter", "Stages that failed.", failed),
        ]
        for name, help_text, value in _GAUGES:
            samples: dict[Labels, float] = {
                (("app", app),): value(status) for app, status in statuses.items()
            }
            lines += _family(name, "gauge", help_text, samples)
        info: dict[Labels, float] = {
            (
                ("app", app),
                ("sync", str(status.sync)),
                ("health", str(status.health.status)),
                ("reason", status.reason),
                ("revision", status.revision),
            ): 1
            for app, status in statuses.items()
        }
        lines += _family("app_info", "gauge", "How each App stands.", info)
        return "\n".join(lines) + "\n"


def _objects(status: Status) -> float:
    return len(status.objects)


def _synced(status: Status) -> float:
    return status.sync is SyncStatus.SYNCED


def _healthy(status: Status) -> float:
    return status.health.badness == 0


def _attempts(status: Status) -> float:
    return status.retry.attempt if status.retry else 0


_GAUGES = (
    ("app_objects", "Objects that an App keeps.", _objects),
    ("app_synced", "1 when the cluster is as Git says.", _synced),
    ("app_healthy", "1 when all objects are healthy.", _healthy),
    ("app_retries", "Failed tries of the newest commit in a row.", _attempts),
)


def _family(name: str, kind: str, help_text: str, samples: Mapping[Labels, float]) -> Iterable[str]:
    full = f"gitops_lab_{name}"
    yield f"# HELP {full} {help_text}"
    yield f"# TYPE {full} {kind}"
    for labels, value in sorted(samples.items()):
        shown = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
        yield f"{full}{{{shown}}} {float(value):g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
