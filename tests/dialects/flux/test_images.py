"""From a tag in the registry to a commit in Git."""

import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from gitops_lab.git.process import run
from gitops_lab.kube.objects import condition_of
from gitops_lab.registry import Registry, RegistryStore, Seed, publish
from tests.dialects.flux.world import GROUPS, FluxWorld, ready_of
from tests.waiting import eventually

IMAGE = "image.toolkit.fluxcd.io/v1"
SOURCE = "source.toolkit.fluxcd.io/v1"
GROUPS.update({"ImageRepository": IMAGE, "ImagePolicy": IMAGE, "ImageUpdateAutomation": IMAGE})
GROUPS.update({"OCIRepository": SOURCE, "HelmRepository": SOURCE, "HelmChart": SOURCE})
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web}}
spec:
  template:
    spec:
      containers:
        - name: web
          image: gitops-lab/web:{tag} # {{"$imagepolicy": "{namespace}:web"}}
"""


@pytest.fixture
def store(tmp_path: Path) -> RegistryStore:
    store = RegistryStore(tmp_path / "registry")
    publish(store, [Seed(f"gitops-lab/web:{tag}") for tag in ("1.0.0", "1.1.0", "latest")])
    return store


@pytest.fixture
def flux(idle: FluxWorld, store: RegistryStore) -> FluxWorld:
    idle.registry = Registry(store, lambda: 5000)
    idle.repo({"deploy/web.yaml": DEPLOYMENT.format(tag="1.0.0", namespace=idle.namespace)})
    idle.start()
    idle.git()
    return idle


def scan(flux: FluxWorld, **spec: Any) -> None:
    default = {"image": "gitops-lab/web", "interval": "10m"}
    flux.create("ImageRepository", "web", **{**default, **spec})


def policy(flux: FluxWorld, wanted: str = "1.x", **spec: Any) -> None:
    choice = {"semver": {"range": wanted}}
    default = {"imageRepositoryRef": {"name": "web"}, "policy": choice}
    flux.create("ImagePolicy", "web", **{**default, **spec})


def automate(flux: FluxWorld, **git: Any) -> None:
    author = {"name": "Flux", "email": "flux@example.test"}
    commit = {
        "author": author,
        "messageTemplate": "{{ range .Changed.Changes }}{{ .NewValue }}{{ end }}",
    }
    source = {"kind": "GitRepository", "name": "web"}
    flux.create(
        "ImageUpdateAutomation",
        "web",
        interval="10m",
        sourceRef=source,
        git={"commit": commit, **git},
        update={"path": "./deploy", "strategy": "Setters"},
    )


def image(flux: FluxWorld, branch: str = "main") -> str:
    text = flux.repositories.read("web", branch, "deploy/web.yaml").decode()
    return text.partition("image: ")[2].partition(" ")[0]


def test_a_tag_becomes_a_commit(flux: FluxWorld) -> None:
    scan(flux)
    policy(flux)
    automate(flux)
    pushed = flux.until("ImageUpdateAutomation", lambda obj: obj["status"].get("lastPushCommit"))
    assert image(flux) == "gitops-lab/web:1.1.0"
    commit = flux.repositories.commit_at("web", "main")
    assert (commit.sha, commit.subject) == (
        pushed["status"]["lastPushCommit"],
        "gitops-lab/web:1.1.0",
    )
    assert commit.author == "Flux"
    scanned = flux.get("ImageRepository")["status"]
    assert scanned["canonicalImageName"] == "index.docker.io/gitops-lab/web"
    assert scanned["lastScanResult"]["tagCount"] == 3
    told = ready_of(flux.get("ImagePolicy"))
    assert told == ("True", "Succeeded", "Latest image tag for gitops-lab/web resolved to 1.1.0")
    assert pushed["status"]["observedPolicies"] == {
        "web": {"name": "gitops-lab/web", "tag": "1.1.0"}
    }


def test_a_push_to_the_registry_is_seen_at_once_in_a_lab(
    flux: FluxWorld, store: RegistryStore
) -> None:
    scan(flux)
    policy(flux)
    automate(flux)
    flux.until("ImageUpdateAutomation", lambda obj: obj["status"].get("lastPushCommit"))
    publish(store, [Seed("gitops-lab/web:1.2.0")])
    flux.until("ImagePolicy", lambda obj: obj["status"]["latestRef"]["tag"] == "1.2.0")
    flux.until(
        "ImageUpdateAutomation",
        lambda obj: obj["status"]["observedPolicies"]["web"]["tag"] == "1.2.0",
    )
    assert image(flux) == "gitops-lab/web:1.2.0"
    previous = flux.get("ImagePolicy")["status"]["observedPreviousRef"]
    assert previous == {"name": "gitops-lab/web", "tag": "1.1.0"}


def test_commits_go_to_another_branch_when_asked(flux: FluxWorld) -> None:
    scan(flux)
    policy(flux)
    automate(flux, push={"branch": "update"})
    flux.until("ImageUpdateAutomation", lambda obj: obj["status"].get("lastPushCommit"))
    assert (image(flux), image(flux, "update")) == ("gitops-lab/web:1.0.0", "gitops-lab/web:1.1.0")
    assert len(flux.repositories.log("web", "update")) == 2


def test_a_refspec_is_a_second_push(flux: FluxWorld) -> None:
    scan(flux)
    policy(flux)
    automate(flux, push={"branch": "update", "refspec": "refs/heads/update:refs/for/main"})
    flux.until("ImageUpdateAutomation", lambda obj: obj["status"].get("lastPushCommit"))
    refs = flux.repositories.refs("web")
    assert refs["refs/for/main"] == refs["refs/heads/update"] != refs["refs/heads/main"]
    told = "and refspecs 'refs/heads/update:refs/for/main'"
    eventually(lambda: [e for e in flux.events("ImageUpdateAutomation") if told in e["message"]])


def test_a_commit_is_signed_when_asked(flux: FluxWorld) -> None:
    scan(flux)
    policy(flux)
    key = ed25519.Ed25519PrivateKey.generate()
    said = {"secretRef": {"name": "signing"}, "type": "ssh"}
    author = {"name": "Flux", "email": "flux@example.test"}
    push = {"branch": "main", "options": {"ci.skip": ""}}
    automate(flux, commit={"author": author, "signingKey": said}, push=push)
    told = "failed configuring source manager: could not find signing key secret 'signing'"
    flux.until("ImageUpdateAutomation", lambda obj: told in ready_of(obj)[2])
    text = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
    secret = {"apiVersion": "v1", "kind": "Secret", "stringData": {"identity": text.decode()}}
    flux.client.create({**secret, "metadata": {"name": "signing", "namespace": flux.namespace}})
    pushed = flux.until("ImageUpdateAutomation", lambda obj: obj["status"].get("lastPushCommit"))
    raw = run(["cat-file", "commit", "main"], cwd=flux.repositories.path("web")).decode()
    assert "gpgsig -----BEGIN SSH SIGNATURE-----" in raw
    assert flux.repositories.resolve("web", "main") == pushed["status"]["lastPushCommit"]


def test_a_digest_is_written_when_asked(flux: FluxWorld, store: RegistryStore) -> None:
    scan(flux)
    policy(flux, digestReflectionPolicy="IfNotPresent")
    automate(flux)
    flux.until("ImageUpdateAutomation", lambda obj: obj["status"].get("lastPushCommit"))
    digest = store.manifest("gitops-lab/web", "1.1.0").digest
    assert image(flux) == f"gitops-lab/web:1.1.0@{digest}"


def test_what_is_wrong_is_told(flux: FluxWorld) -> None:
    scan(flux, image="gitops-lab/none")
    obj = flux.until("ImageRepository", lambda obj: condition_of(obj, "Ready"))
    obj = flux.until("ImageRepository", lambda obj: ready_of(obj)[0] == "False")
    assert ready_of(obj)[1] == "ReadOperationFailed"
    assert "There are: gitops-lab/web" in ready_of(obj)[2]
    flux.patch("ImageRepository", {"spec": {"image": "oci://gitops-lab/web"}})
    flux.until("ImageRepository", lambda obj: ready_of(obj)[1] == "ImageURLInvalid")
    automate(flux, push={"refspec": "+refs/heads/main:refs/heads/other"})
    stalled = flux.until("ImageUpdateAutomation", lambda obj: condition_of(obj, "Stalled"))
    assert "push refspec must not specify a force update" in ready_of(stalled)[2]


def test_an_artifact_in_the_registry_is_a_source(flux: FluxWorld, store: RegistryStore) -> None:
    content = _archive({"app.yaml": "kind: ConfigMap\n"})
    layer = store.put_blob("apps/web", content)
    config = store.put_blob("apps/web", b"{}")
    manifest = _manifest(config, layer, len(content))
    for tag in ("1.0.0", "1.1.0"):
        store.put_manifest("apps/web", tag, "application/vnd.oci.image.manifest.v1+json", manifest)
    ref = {"semver": ">=1.0.0"}
    flux.create(
        "OCIRepository", "web", url="oci://127.0.0.1:5000/apps/web", interval="10m", ref=ref
    )
    obj = flux.until_ready("OCIRepository")
    artifact = obj["status"]["artifact"]
    assert artifact["revision"].startswith("1.1.0@sha256:")
    assert (flux.storage.folder(artifact) / "app.yaml").read_text() == "kind: ConfigMap\n"
    flux.patch("OCIRepository", {"spec": {"secretRef": {"name": "none"}}})
    failed = flux.until_ready("OCIRepository", "False")
    assert ready_of(failed)[1] == "AuthenticationFailed"
    flux.patch("OCIRepository", {"spec": {"secretRef": None}})
    flux.until_ready("OCIRepository")
    flux.patch("OCIRepository", {"spec": {"ref": {"semver": ">=2"}}})
    failed = flux.until_ready("OCIRepository", "False")
    assert "no match found for semver: >=2" in ready_of(failed)[2]


def _archive(files: dict[str, str]) -> bytes:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
    return packed.getvalue()


def _manifest(config: str, layer: str, size: int) -> bytes:
    return json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": {
                "mediaType": "application/vnd.cncf.flux.config.v1+json",
                "digest": config,
                "size": 2,
            },
            "layers": [
                {
                    "mediaType": "application/vnd.cncf.flux.content.v1.tar+gzip",
                    "digest": layer,
                    "size": size,
                }
            ],
        }
    ).encode()
