"""What a Kustomization makes of a folder: patches, images, names, variables, keys, rights."""

import base64
from typing import Any

from gitops_lab.kube.yamls import dump
from tests.dialects.flux.world import FluxWorld, ready_of
from tests.engine.world import config_yaml
from tests.waiting import eventually

KIND = "Kustomization"
POD = {"containers": [{"name": "web", "image": "web:1.0"}]}
DEPLOYMENT = dump(
    {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "web"},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": POD},
        },
    }
)
COMPONENT = dump(
    {
        "apiVersion": "kustomize.config.k8s.io/v1alpha1",
        "kind": "Component",
        "commonAnnotations": {"by": "component"},
    }
)


def _applied(flux: FluxWorld, files: dict[str, str], **spec: Any) -> None:
    flux.repo({"deploy/one.yaml": config_yaml("one", a="1"), **files})
    flux.git()
    flux.kustomization(**spec)
    flux.until_ready(KIND)


def test_patches_images_names_and_metadata_are_set_from_outside(flux: FluxWorld) -> None:
    patch = '[{"op": "add", "path": "/data/b", "value": "2"}]'
    _applied(
        flux,
        {"deploy/web.yaml": DEPLOYMENT, "part/kustomization.yaml": COMPONENT},
        patches=[{"patch": patch, "target": {"kind": "ConfigMap"}}],
        images=[{"name": "web", "newName": "gitops-lab/web", "newTag": "1.1"}],
        namePrefix="my-",
        nameSuffix="-app",
        commonMetadata={"labels": {"team": "shop"}, "annotations": {"note": "hello"}},
        components=["../part", "../missing"],
        ignoreMissingComponents=True,
    )
    one = flux.config_map("my-one-app") or {}
    assert one["data"] == {"a": "1", "b": "2"}
    assert one["metadata"]["labels"]["team"] == "shop"
    assert one["metadata"]["annotations"] == {"by": "component", "note": "hello"}
    web = flux.client.get("apps/v1", "Deployment", "my-web-app", flux.namespace)
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "gitops-lab/web:1.1"
    assert "team" not in web["spec"]["template"]["metadata"]["labels"]


def test_a_tag_from_outside_takes_the_place_of_a_digest(flux: FluxWorld) -> None:
    digest = f"sha256:{'0' * 64}"
    image = {"name": "web", "newName": "gitops-lab/web", "digest": digest}
    own = dump({"resources": ["web.yaml"], "images": [image]})
    files = {"deploy/web.yaml": DEPLOYMENT, "deploy/kustomization.yaml": own}
    _applied(flux, files, images=[{"name": "web", "newTag": "1.1"}])
    web = flux.client.get("apps/v1", "Deployment", "web", flux.namespace)
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "gitops-lab/web:1.1"


def test_variables_of_the_resource_win_and_numbers_become_numbers(flux: FluxWorld) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "vars", "namespace": flux.namespace},
        "data": {"colour": base64.b64encode(b"red").decode(), "pods": "Mw=="},
    }
    flux.client.create(secret)
    web = DEPLOYMENT.replace("spec:\n", "spec:\n  replicas: ${pods}\n", 1)
    files = {
        "deploy/one.yaml": config_yaml("one", a="${colour} ${size:-small} $${kept}"),
        "deploy/web.yaml": web,
    }
    sources = [
        {"kind": "Secret", "name": "vars"},
        {"kind": "ConfigMap", "name": "none", "optional": True},
    ]
    post = {"substituteFrom": sources, "substitute": {"colour": "blue"}}
    _applied(flux, files, postBuild=post)
    assert (flux.config_map("one") or {})["data"] == {"a": "blue small ${kept}"}
    deployed = flux.client.get("apps/v1", "Deployment", "web", flux.namespace)
    assert deployed["spec"]["replicas"] == 3


def test_a_field_is_left_to_others_when_it_is_ignored(flux: FluxWorld) -> None:
    files = {"deploy/web.yaml": DEPLOYMENT.replace("spec:\n", "spec:\n  replicas: 1\n", 1)}
    rule = {"paths": ["/spec/replicas"], "target": {"kind": "Deployment"}}
    _applied(flux, files, ignore=[rule])
    web = flux.client.get("apps/v1", "Deployment", "web", flux.namespace)
    flux.client.patch(web, {"spec": {"replicas": 4}}, field_manager="autoscaler")
    sha = flux.push({"deploy/web.yaml": files["deploy/web.yaml"].replace("web:1.0", "web:1.2")})
    flux.until(KIND, lambda obj: sha in obj["status"]["lastAppliedRevision"])
    web = flux.client.get("apps/v1", "Deployment", "web", flux.namespace)
    assert web["spec"]["replicas"] == 4
    assert web["spec"]["template"]["spec"]["containers"][0]["image"] == "web:1.2"


def test_an_account_s_rights_decide(flux: FluxWorld) -> None:
    flux.repo({"deploy/one.yaml": config_yaml("one", a="1")})
    flux.git()
    flux.until_ready("GitRepository")
    account = {"name": "deployer", "namespace": flux.namespace}
    flux.client.create({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": account})
    flux.kustomization(serviceAccountName="deployer", retryInterval="1s")
    obj = flux.until_ready(KIND, "False")
    assert f"system:serviceaccount:{flux.namespace}:deployer" in ready_of(obj)[2]
    assert "dry-run failed (Forbidden)" in ready_of(obj)[2]
    rights = "rbac.authorization.k8s.io"
    rule = {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["*"]}
    role = {"apiVersion": f"{rights}/v1", "kind": "Role", "metadata": account, "rules": [rule]}
    flux.client.create(role)
    flux.client.create(
        {
            "apiVersion": f"{rights}/v1",
            "kind": "RoleBinding",
            "metadata": account,
            "roleRef": {"apiGroup": rights, "kind": "Role", "name": "deployer"},
            "subjects": [{"kind": "ServiceAccount", **account}],
        }
    )
    flux.until_ready(KIND)


def test_an_encrypted_secret_without_decryption_is_refused(flux: FluxWorld) -> None:
    sealed = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "sealed"},
        "data": {"a": "ENC[AES256_GCM,data:x,type:str]"},
        "sops": {"version": "3.9.0", "mac": "x"},
    }
    flux.repo({"deploy/sealed.yaml": dump(sealed)})
    flux.git()
    flux.until_ready("GitRepository")
    flux.kustomization()
    obj = flux.until_ready(KIND, "False")
    assert ready_of(obj)[2] == (
        f"Secret/{flux.namespace}/sealed is SOPS encrypted, configuring decryption is required for "
        "this secret to be reconciled"
    )


def test_a_folder_below_with_a_kustomization_of_its_own_is_built(flux: FluxWorld) -> None:
    files = {
        "deploy/part/kustomization.yaml": dump({"resources": ["two.yaml"], "namePrefix": "p-"}),
        "deploy/part/two.yaml": config_yaml("two"),
        "deploy/part/not-listed.yaml": config_yaml("not-listed"),
    }
    _applied(flux, files)
    eventually(lambda: flux.config_map("p-two") is not None)
    assert flux.config_map("not-listed") is None
    assert flux.config_map("one") is not None
