"""Under which names engines write."""

import pytest

from gitops_lab.checks.managers import wrote


@pytest.mark.parametrize(
    ("owners", "by_an_engine"),
    [
        ([("gitops-lab", "Apply")], True),
        ([("gitops-lab", "Update")], False),
        ([("argocd-controller", "Update")], True),
        ([("kustomize-controller", "Apply"), ("kubectl-edit", "Update")], True),
        ([("kubectl-client-side-apply", "Update")], False),
        ([], False),
    ],
)
def test_a_field_is_an_engine_s_when_one_of_them_wrote_it(owners, by_an_engine):
    assert wrote(owners) is by_an_engine
