"""Which clusters are asked about twice."""

from pathlib import Path

import pytest

from gitops_lab.errors import UsageError
from gitops_lab.workspace.existing.caution import refuse_unless_sure, why_careful
from gitops_lab.workspace.existing.choice import Choice, choose


def _choice(context: str, server: str = "https://10.0.0.1:6443", cluster: str = "c") -> Choice:
    return Choice(Path("kubeconfig"), context, cluster, {"server": server}, {})


@pytest.mark.parametrize(
    "choice",
    [
        _choice("prod"),
        _choice("eu-production-2"),
        _choice("shop_PRD"),
        _choice("team", cluster="shop-live"),
        _choice("gke_acme_europe-west1_blue"),
        _choice("team", "https://ABC.gr7.eu-west-1.eks.amazonaws.com"),
        _choice("team", "https://dns-x.hcp.westeurope.azmk8s.io:443"),
        _choice("team", "https://api.prod.acme.example:6443"),
    ],
)
def test_what_looks_like_production_needs_a_second_word(choice: Choice) -> None:
    assert why_careful(choice)
    with pytest.raises(UsageError) as caught:
        refuse_unless_sure(choice, sure=False)
    assert "--yes-really" in caught.value.hint
    refuse_unless_sure(choice, sure=True)


@pytest.mark.parametrize("name", ["k3d-dev", "products", "reproducer", "olive", "delivery", "team"])
def test_other_clusters_do_not(name: str) -> None:
    assert not why_careful(_choice(name))


KUBECONFIG = """
apiVersion: v1
kind: Config
contexts: [{name: one, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: {server: https://c, certificate-authority: pki/ca.crt}}]
users: [{name: u, user: {client-certificate: pki/me.crt, client-key: /abs/me.key}}]
"""


def test_files_that_a_kubeconfig_names_are_found_from_anywhere(tmp_path: Path) -> None:
    file = tmp_path / "config"
    file.write_text(KUBECONFIG)
    entries = choose({"context": "one", "kubeconfig": str(file)}).entries
    assert entries.cluster["certificate-authority"] == str(tmp_path / "pki" / "ca.crt")
    assert entries.user["client-certificate"] == str(tmp_path / "pki" / "me.crt")
    assert entries.user["client-key"] == "/abs/me.key"


def test_the_first_of_several_kubeconfigs_that_has_the_context_is_taken(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    first.write_text(KUBECONFIG)
    second.write_text(KUBECONFIG.replace("name: one", "name: two"))
    environment = {"KUBECONFIG": f"{first}:{second}:{tmp_path}/none"}
    assert choose({"context": "two"}, environment).kubeconfig == second
    assert choose({"context": "one"}, environment).kubeconfig == first
    with pytest.raises(UsageError) as caught:
        choose({"context": "three"}, environment)
    assert "one, two" in caught.value.hint
