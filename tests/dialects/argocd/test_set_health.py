"""The health of an ApplicationSet, as Argo CD judges it."""

import pytest

from gitops_lab.dialects.argocd.application.judge import health_of
from gitops_lab.dialects.argocd.seams import DefaultSettings
from gitops_lab.dialects.argocd.sets.errors import SetError
from gitops_lab.dialects.argocd.sets.status import conditions


@pytest.mark.parametrize(
    ("error", "word", "message"),
    [
        (None, "Healthy", "All applications have been generated successfully"),
        (SetError("no such cluster"), "Degraded", "no such cluster"),
    ],
)
def test_an_error_makes_it_degraded(error, word, message):
    status = {"conditions": conditions([], error, generated=error is None)}
    obj = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "ApplicationSet",
        "metadata": {"name": "x"},
        "status": status,
    }
    found = health_of(obj, DefaultSettings())
    assert found is not None
    assert (str(found.status), found.message) == (word, message)
