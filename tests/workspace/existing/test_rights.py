"""A missing right is named before anything is made, by a genuine API server with RBAC."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from gitops_lab.errors import WorkspaceError
from gitops_lab.kube import Client, Object
from gitops_lab.workspace.access import Access, write_kubeconfig
from gitops_lab.workspace.existing.provider import Existing
from gitops_lab.workspace.existing.rights import missing_rights, needed_rights
from gitops_lab.workspace.plan import SeedRepo, WorkspacePlan
from tests.oracle.genuine import genuine_server, missing
from tests.waiting import eventually
from tests.workspace.existing.company import namespace

pytestmark = [pytest.mark.oracle, pytest.mark.xdist_group("genuine-existing")]

APP: Object = {
    "apiVersion": "gitops-lab.dev/v1",
    "kind": "GitOpsApp",
    "metadata": {"name": "web", "namespace": "gitops"},
    "spec": {"source": {"repo": "web"}, "destination": {"namespace": "web"}},
}
FILES = {
    "deploy/all.yaml": b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n---\n"
    b"apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n---\n"
    b"apiVersion: v1\nkind: Service\nmetadata: {name: c}\n",
    "deploy/kustomization.yaml": b"apiVersion: kustomize.config.k8s.io/v1beta1\n"
    b"kind: Kustomization\n",
    "notes.yaml": b"{{ not yaml",
}
PLAN = WorkspacePlan(
    name="web",
    objects=(namespace("gitops"), APP),
    later=({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "hand"}},),
    repositories=(SeedRepo("web", FILES),),
    provider="existing",
)


class Server:
    """The server's administrator, and visitors with the rights that they were given."""

    def __init__(self, url: str, ca: bytes, admin: Client) -> None:
        self.url, self.ca, self.admin = url, ca, admin

    def visitor(self, name: str, rules: list[Object]) -> str:
        """The token of a service account with these rules in the whole cluster."""
        rbac = "rbac.authorization.k8s.io"
        account = {"namespace": "default", "name": name}
        self.admin.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
        self.admin.create(
            {
                "apiVersion": f"{rbac}/v1",
                "kind": "ClusterRole",
                "metadata": {"name": name},
                "rules": rules,
            }
        )
        self.admin.create(
            {
                "apiVersion": f"{rbac}/v1",
                "kind": "ClusterRoleBinding",
                "metadata": {"name": name},
                "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": name},
                "subjects": [{"kind": "ServiceAccount", **account}],
            }
        )
        path = f"/api/v1/namespaces/default/serviceaccounts/{name}/token"
        asked = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        return str(self.admin.request("POST", path, body=asked)["status"]["token"])

    def kubeconfig(self, token: str, into: Path) -> Path:
        write_kubeconfig(into, {"team": Access(self.url, self.ca, token)})
        return into


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if reason := missing():
        pytest.skip(reason)
    with genuine_server(tmp_path_factory.mktemp("genuine")) as found:
        admin = Client(found.url, token=found.token, ca_file=str(found.ca_file))
        eventually(lambda: admin.list("v1", "Namespace").items)
        yield Server(found.url, found.ca_file.read_bytes(), admin)
        admin.close()


def _rule(group: str, resources: list[str], *verbs: str) -> Object:
    return {"apiGroups": [group], "resources": resources, "verbs": list(verbs)}


EVERYTHING = [
    _rule("", ["namespaces", "events", "configmaps", "secrets", "pods", "services"], "*"),
    _rule("", ["pods/portforward"], "create"),
    _rule("apps", ["deployments"], "*"),
]


def _preflight(server: Server, token: str, place: Path, **more: str) -> None:
    file = server.kubeconfig(token, place / "kubeconfig")
    options = {"context": "team", "kubeconfig": str(file), **more}
    plan = WorkspacePlan(**{**vars(PLAN), "options": options})
    Existing(plan).preflight()


def test_the_rights_follow_from_the_lab(server: Server) -> None:
    needed = needed_rights(server.admin, PLAN, install_crds=False)
    rights = {f"{right.verb} {right.target}" for right in needed}
    assert {
        "create namespaces in the whole cluster",
        "create deployments.apps in namespace web",
        "watch configmaps in the whole cluster",
        "create events in namespace gitops",
        "create pods/portforward in namespace web",
        "create secrets in namespace hand",
    } <= rights
    assert not any("customresourcedefinitions" in right for right in rights)
    assert not missing_rights(server.admin, needed_rights(server.admin, PLAN, install_crds=True))


def test_a_visitor_with_just_these_rights_may_come(server: Server, tmp_path: Path) -> None:
    _preflight(server, server.visitor("enough", EVERYTHING), tmp_path)


def test_each_missing_right_is_named_and_nothing_is_made(server: Server, tmp_path: Path) -> None:
    rules = [
        _rule("", ["namespaces", "events", "pods"], "*"),
        _rule("", ["configmaps"], "get", "list", "watch", "create", "patch"),
        _rule("apps", ["deployments"], "get", "list", "watch"),
    ]
    token = server.visitor("few", rules)
    before = {o["metadata"]["name"] for o in server.admin.list("v1", "Namespace").items}
    with pytest.raises(WorkspaceError) as caught:
        _preflight(server, token, tmp_path)
    told = caught.value.message
    assert caught.value.reason == "RightsMissing"
    assert "delete configmaps in namespace web" in told
    assert "create, delete, patch deployments.apps in namespace web" in told
    assert "create pods/portforward in namespace web" in told
    assert "create configmaps" not in told
    assert before == {o["metadata"]["name"] for o in server.admin.list("v1", "Namespace").items}


def test_definitions_need_rights_that_only_install_crds_asks_for(
    server: Server, tmp_path: Path
) -> None:
    token = server.visitor("no-definitions", EVERYTHING)
    with pytest.raises(WorkspaceError) as caught:
        _preflight(server, token, tmp_path, **{"install-crds": "yes"})
    wanted = (
        "create, delete, get, patch customresourcedefinitions.apiextensions.k8s.io in the whole"
    )
    assert wanted in caught.value.message
    assert "--install-crds" in caught.value.hint


def test_a_token_that_is_no_longer_good_is_told(server: Server, tmp_path: Path) -> None:
    with pytest.raises(WorkspaceError) as caught:
        _preflight(server, "stale", tmp_path)
    assert "kubectl --context team" in caught.value.hint
