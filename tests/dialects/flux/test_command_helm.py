"""The genuine `flux` command with Helm releases, images, alerts and receivers."""

import http.client
import json
import os
import subprocess
from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from gitops_lab.registry import Seed, publish
from tests.dialects.flux.command import MISSING, Lab, flux_path, lab
from tests.registry.conftest import Door
from tests.registry.conftest import door as door
from tests.registry.conftest import store as store
from tests.tools import genuine
from tests.waiting import eventually

FILES = {
    "chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\n",
    "chart/values.yaml": "colour: blue\n",
    "chart/templates/web.yaml": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n"
        "data: {colour: {{ .Values.colour | quote }}}\n"
    ),
    "deploy/pod.yaml": (
        "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers:\n"
        '    - {name: web, image: "team/web:1.0.0"} # nothing here\n'
        "    - name: other\n"
        '      image: team/web:1.0.0 # {"$imagepolicy": "flux-system:web"}\n'
    ),
}


@pytest.fixture(scope="module")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    program = flux_path()
    if program is None:
        pytest.skip(MISSING)
    genuine("helm")
    with lab(tmp_path_factory.mktemp("flux-helm"), program, ("flux",)) as found:
        metadata = {"name": "flux-system"}
        if not any(
            one["metadata"]["name"] == "flux-system"
            for one in found.client.list("v1", "Namespace").items
        ):
            found.client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        found.repositories.create("web", FILES, message="Add a chart")
        found.flux(
            *("create", "source", "git", "web", f"--url={found.url('web')}", "--branch=main"),
            *("--interval=10m", "--timeout=1m"),
        )
        yield found


def test_a_release_is_made_listed_and_reconciled(flux: Lab) -> None:
    made = flux.flux(
        *("create", "helmrelease", "web", "--source=GitRepository/web", "--chart=./chart"),
        *("--interval=10m", "--timeout=1m"),
    )
    assert "applied revision 1.0.0" in made
    listed = flux.flux("get", "helmreleases")
    assert "Helm install succeeded for release flux-system/web.v1 with chart web@1.0.0" in listed
    assert "1.0.0" in flux.flux("get", "sources", "chart")
    flux.push("web", {"chart/Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.1.0\n"})
    asked = flux.flux("reconcile", "helmrelease", "web", "--with-source")
    assert "applied revision 1.1.0" in asked
    flux.flux("suspend", "helmrelease", "web")
    assert "True" in flux.flux("get", "helmreleases", "web")
    flux.flux("resume", "helmrelease", "web")
    assert "InstallSucceeded" in flux.flux("events", "--for", "HelmRelease/web")
    assert "kind: HelmRelease" in flux.flux("export", "helmrelease", "web")
    status = flux.flux("debug", "helmrelease", "web", "--show-status")
    assert "helmChart: flux-system/flux-system-web" in status
    forced = flux.flux("reconcile", "helmrelease", "web", "--force")
    assert "applied revision 1.1.0" in forced
    environment = {**os.environ, **flux.cluster.environment}
    history = subprocess.run(
        [genuine("helm"), "history", "web", "-n", "flux-system", "-o", "json"],
        env=environment,
        capture_output=True,
        check=True,
        timeout=60,
    )
    assert [one["revision"] for one in json.loads(history.stdout)] == [1, 2, 3]
    flux.flux("delete", "helmrelease", "web", "--silent")


def test_images_are_scanned_chosen_and_written(flux: Lab) -> None:
    assert flux.world.registry is not None
    publish(flux.world.registry.store, [Seed("team/web:1.0.0"), Seed("team/web:1.1.0")])
    flux.flux("create", "image", "repository", "web", "--image=team/web", "--interval=10m")
    flux.flux(
        *("create", "image", "policy", "web", "--image-ref=web", "--select-semver=1.x"),
    )
    flux.flux(
        *("create", "image", "update", "web", "--git-repo-ref=web", "--git-repo-path=./deploy"),
        *("--checkout-branch=main", "--push-branch=main", "--interval=10m"),
        *("--author-name=Flux", "--author-email=flux@example.test"),
    )
    listed = flux.flux("get", "images", "all")
    assert "successful scan: found 2 tags" in listed
    assert "Latest image tag for team/web resolved to 1.1.0" in listed
    assert "repository up-to-date" in listed

    def text() -> str:
        return flux.repositories.read("web", "main", "deploy/pod.yaml").decode()

    assert eventually(lambda: text() if "image: team/web:1.1.0 #" in text() else "")
    assert '"team/web:1.0.0"} # nothing here' in text()
    publish(flux.world.registry.store, [Seed("team/web:1.2.0")])
    assert "scan fetched 3 tags" in flux.flux("reconcile", "image", "repository", "web")
    eventually(lambda: "team/web:1.2.0" in text(), timeout=20)


def test_alerts_and_receivers_are_made(flux: Lab) -> None:
    flux.flux(
        *("create", "alert-provider", "in", "--type=generic", "--address=http://127.0.0.1:9/in"),
    )
    flux.flux("create", "alert", "in", "--provider-ref=in", "--event-source=GitRepository/*")
    assert "in" in flux.flux("get", "alerts")
    flux.flux("create", "secret", "receiver", "hook", "--type=generic", "--hostname=x", fails=False)
    made = flux.flux(
        *("create", "receiver", "hook", "--type=generic", "--secret-ref=hook"),
        "--resource=GitRepository/web",
    )
    path = next(word for word in made.split() if word.startswith("/hook/"))
    address = urlsplit(flux.server.url)
    connection = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=10)
    connection.request("POST", path, b"{}")
    assert connection.getresponse().status == 200
    connection.close()


def test_artifacts_are_pushed_and_pulled(flux: Lab, door: Door) -> None:
    folder = flux.cluster.home / "manifests"
    folder.mkdir()
    (folder / "a.yaml").write_text("kind: ConfigMap\n")
    url = f"oci://{door.server.address}/manifests/web"
    login = f"--creds=learner:{door.token}"
    revision = "--revision=main@sha1:abc"
    pushed = ("push", "artifact", f"{url}:1.0.0", f"--path={folder}", "--source=x", revision)
    assert "artifact successfully pushed" in flux.flux(*pushed, login)
    flux.flux("tag", "artifact", f"{url}:1.0.0", "--tag=latest", login)
    assert door.json("/v2/manifests/web/tags/list")["tags"] == ["1.0.0", "latest"]
    into = flux.cluster.home / "pulled"
    into.mkdir()
    assert "revision main@sha1:abc" in flux.flux(
        "pull", "artifact", f"{url}:latest", f"--output={into}", login
    )
    assert (into / "a.yaml").read_text() == "kind: ConfigMap\n"
