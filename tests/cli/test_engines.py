"""Which engines a workspace is asked to speak, and Apps of other engines on the command line."""

from typing import Any

import pytest

from gitops_lab.cli import engines
from gitops_lab.cli.options import ENGINES, checked
from gitops_lab.cli.workspaces import spoken
from gitops_lab.course.begin import Options
from gitops_lab.engine.native import GitOpsApps
from gitops_lab.engine.ops import AppView
from gitops_lab.engine.status import Status
from gitops_lab.errors import UsageError
from gitops_lab.lab.build import lab_of
from gitops_lab.lab.readme import Readme


def found(**application: Any) -> engines.Found:
    front = GitOpsApps()
    raw = {"metadata": {"name": "web", "namespace": "argocd"}, **application}
    return engines.Found(front, AppView(raw, Status()), raw)


def test_a_workspace_without_a_lab_speaks_all_unless_one_is_named() -> None:
    assert spoken("") == ("argocd", "flux")
    assert spoken("flux") == ("flux",)
    assert spoken("builtin") == ()


def test_a_word_that_is_no_engine_is_refused_with_those_that_are() -> None:
    with pytest.raises(UsageError, match="builtin, argocd, flux"):
        checked("fleet", ENGINES, "--engine")


def test_a_lab_is_started_with_what_it_names_and_what_is_asked_for(tmp_path: Any) -> None:
    readme = Readme("", ())
    lab = lab_of("x", tmp_path, {"engines": ["argocd"]}, readme)
    assert lab.engines == ("argocd",)
    assert Options().engines(lab) == ("argocd",)
    assert Options(engine="flux").engines(lab) == ("argocd", "flux")


def test_rollback_of_an_automated_application_is_refused_as_argo_cd_does() -> None:
    app = found(spec={"syncPolicy": {"automated": {}}}, status={"history": [{"id": 0}]})
    with pytest.raises(UsageError, match="when auto-sync is enabled"):
        engines.rollback(None, app, 0)  # type: ignore[arg-type]  # it is refused before it is asked


def test_an_operation_that_runs_is_not_replaced() -> None:
    app = found(operation={"sync": {}}, spec={}, status={})
    with pytest.raises(UsageError, match="already in progress"):
        engines.sync(None, app, ())  # type: ignore[arg-type]


def test_a_part_of_a_sync_names_objects_that_there_are() -> None:
    rows = [{"group": "apps", "kind": "Deployment", "name": "web", "namespace": "x"}]
    app = found(status={"resources": rows}, spec={})
    with pytest.raises(UsageError, match="no object 'Job/x'") as caught:
        engines.sync(None, app, ["Job/x"])  # type: ignore[arg-type]
    assert "Deployment/web" in caught.value.hint
