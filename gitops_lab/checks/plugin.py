"""The pytest plugin: fixtures for a lab's tests, and a Verdict for each of them."""

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from gitops_lab.checks.answers import Answer, fetch, url_of
from gitops_lab.checks.chain import blame
from gitops_lab.checks.clients import Cluster
from gitops_lab.checks.expect import PATIENCE, Expect
from gitops_lab.checks.handles import Repository
from gitops_lab.checks.limit import LIMIT, within
from gitops_lab.checks.verdict import Red, Sight, Verdict
from gitops_lab.checks.wording import Comparison, verdict_of_error
from gitops_lab.checks.world import Place, World
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Object

OnVerdict = Callable[[Verdict], None]


@dataclass
class Judge:
    """Collects verdicts while pytest runs. One for each run."""

    world: World
    patience: float = PATIENCE
    on_verdict: OnVerdict = lambda verdict: None
    verdicts: list[Verdict] = field(default_factory=list)
    limit: float = LIMIT
    _expect: Expect | None = None
    _comparison: Comparison | None = None
    _sights: list[Sight] = field(default_factory=list)

    # -- fixtures

    @pytest.fixture
    def expect(self) -> Iterator[Expect]:
        """Judges ready-made checks: `expect(Synced("web"))`."""
        self._expect = Expect(self.world, self.patience, sights=self._sights)
        yield self._expect
        self._expect.close()

    @pytest.fixture(name="world")
    def world_of_the_lab(self) -> World:
        """Everything that a check may look at."""
        return self.world

    @pytest.fixture
    def workspace(self) -> Place:
        """The workspace itself."""
        return self.world.place

    @pytest.fixture
    def parameters(self) -> dict[str, Any]:
        """What was picked for this learner."""
        return dict(self.world.parameters)

    @pytest.fixture
    def clusters(self) -> Iterator[dict[str, Cluster]]:
        """Every cluster by name, through the official Kubernetes client."""
        place = self.world.place
        made = {name: Cluster(place.kubeconfig, name) for name in place.clusters}
        yield made
        for cluster in made.values():
            cluster.close()

    @pytest.fixture
    def cluster(self, clusters: dict[str, Cluster]) -> Cluster:
        """The first cluster."""
        return clusters[self.world.home]

    @pytest.fixture
    def repos(self) -> dict[str, Repository]:
        """Every repository by name, as the Git server has it."""
        repositories = self.world.repositories
        return {name: Repository(repositories, name) for name in repositories.names()}

    @pytest.fixture
    def repo(self, repos: dict[str, Repository]) -> Repository:
        """The only repository, or the first by name."""
        return next(iter(repos.values()))

    @pytest.fixture
    def apps(self) -> dict[str, Object]:
        """Every GitOpsApp by name, as the cluster has it now."""
        return {app["metadata"]["name"]: app for app in self.world.apps()}

    @pytest.fixture
    def app(self, apps: dict[str, Object]) -> Object:
        """The only app, or the first by name."""
        return next(iter(apps.values()))

    @pytest.fixture
    def http(self) -> Callable[..., Answer]:
        """`http("web", "shop", "/api/info")`: GET from a Service, on this machine."""

        def get(service: str, namespace: str = "default", path: str = "/") -> Answer:
            found = self.world.find("v1/Service", service, namespace)
            assert found is not None, f"there is no Service/{service} in namespace {namespace}"
            return fetch(url_of(found) + path)

        return get

    # -- hooks

    def pytest_configure(self, config: pytest.Config) -> None:
        """Traces are Python's own: shown with -v alone, and the others read every source anew."""
        config.option.tbstyle = "native"

    def pytest_runtest_setup(self) -> None:
        """Forget what the test before saw."""
        self._sights.clear()
        self._comparison = self._expect = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_call(self, item: pytest.Item) -> Generator[None, None, None]:
        """No check takes longer than the limit, whatever it does."""
        with within(self.limit, lambda: self._expect.waiting if self._expect else ""):
            return (yield)

    def pytest_assertrepr_compare(self, op: str, left: object, right: object) -> None:
        """Remember both sides of a plain assert that failed."""
        self._comparison = Comparison(op, left, right)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Make a verdict of a test that ran, or that could not."""
        report = yield
        if call.excinfo is not None and not (call.when == "teardown" and self._judged(item)):
            self._add(self._red(item, call.excinfo.value, report.longreprtext))
        elif call.when == "call":
            self._add(self._green(item))
        return report

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A file that can't be read is a red verdict, not silence."""
        if report.failed:
            first = report.longreprtext.strip().splitlines()[-1:]
            self._add(
                Verdict(
                    name=report.nodeid or "checks",
                    passed=False,
                    seen=f"the check can't be read: {' '.join(first)}",
                    expected="a check that runs",
                    next="This is a fault of the lab, not yours.",
                    test=report.nodeid,
                    broke=True,
                    trace=report.longreprtext,
                )
            )

    def _judged(self, item: pytest.Item) -> bool:
        return any(verdict.test == item.nodeid for verdict in self.verdicts)

    def _add(self, verdict: Verdict) -> None:
        self.verdicts.append(verdict)
        self.on_verdict(verdict)

    def _green(self, item: pytest.Item) -> Verdict:
        last = self._sights[-1] if self._sights else Sight(True, "as expected", name_of(item))
        return Verdict(name_of(item), True, last.seen, last.expected, test=item.nodeid)

    def _red(self, item: pytest.Item, error: BaseException, trace: str) -> Verdict:
        name = name_of(item)
        if isinstance(error, Red):
            sight = error.sight
            return Verdict(
                name=name,
                passed=False,
                seen=sight.seen,
                expected=sight.expected,
                link=sight.link,
                next=sight.next,
                details=sight.details,
                test=item.nodeid,
                trace=trace,
            )
        if isinstance(error, GitOpsLabError):
            hint = error.hint or "Run `gitops-lab status`."
            return Verdict(
                name, False, error.message, "an answer", next=hint, test=item.nodeid, trace=trace
            )
        return self._blamed(verdict_of_error(name, error, self._comparison, item.nodeid, trace))

    def _blamed(self, verdict: Verdict) -> Verdict:
        """A plain assert's verdict with the link of the chain that is broken, if one is."""
        if verdict.broke:
            return verdict
        found = blame(self.world, Sight(False, verdict.seen, verdict.expected, next=verdict.next))
        return replace(verdict, link=found.link, next=found.next, details=found.details)


def name_of(item: pytest.Item) -> str:
    """What a check is called: the first line of its docstring, else its name as words."""
    text = getattr(getattr(item, "obj", None), "__doc__", None) or ""
    first = text.strip().partition("\n")[0].strip().rstrip(".")
    return first or item.name.removeprefix("test_").replace("_", " ")
