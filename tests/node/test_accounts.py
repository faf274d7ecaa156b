"""A pod speaks to the API as its ServiceAccount, with what it finds in its files."""

import base64
import json
import sys

from gitops_lab.kube.objects import name_of
from tests.node.cluster import Space
from tests.waiting import eventually

FOLDER = "var/run/secrets/kubernetes.io/serviceaccount"
PROGRAM = f"""
import json, os, ssl, urllib.request
folder = os.path.join(os.environ["GITOPS_LAB_MOUNT_ROOT"], {FOLDER!r})
read = lambda name: open(os.path.join(folder, name)).read()
host, port = os.environ["KUBERNETES_SERVICE_HOST"], os.environ["KUBERNETES_SERVICE_PORT"]
where = f"https://{{host}}:{{port}}/apis/authentication.k8s.io/v1/selfsubjectreviews"
tls = ssl.create_default_context(cafile=os.path.join(folder, "ca.crt"))
headers = {{"Authorization": "Bearer " + read("token"), "Content-Type": "application/json"}}
request = urllib.request.Request(where, data=b"{{}}", headers=headers)
opener = urllib.request.build_opener(
    urllib.request.ProxyHandler({{}}), urllib.request.HTTPSHandler(context=tls))
user = json.load(opener.open(request))["status"]["userInfo"]
[pod] = user["extra"]["authentication.kubernetes.io/pod-name"]
print(read("namespace"), user["username"], pod)
"""


def test_a_program_in_a_pod_reaches_the_api_as_its_account(each_space: Space) -> None:
    space = each_space
    run = {"name": "main", "image": "test/sh:1", "command": [sys.executable, "-c", PROGRAM]}
    space.pod("caller", containers=[run], restartPolicy="Never")
    eventually(lambda: space.status("caller").get("phase") in ("Succeeded", "Failed"), timeout=20)
    log = space.kubectl("logs", "caller").stdout.split()
    assert log == [space.name, f"system:serviceaccount:{space.name}:default", "caller"]


def test_a_token_is_bound_to_its_pod_and_renewed_before_it_is_old(space: Space) -> None:
    sleep = {"name": "main", "image": "test/sh:1", "args": ["sleep 60"]}
    space.pod("holder", containers=[sleep])
    pod = space.until_ready("holder")
    [volume] = [one for one in pod["spec"]["volumes"] if name_of({"metadata": one}).startswith("k")]
    folder = space.cluster.folder / "node" / "pods" / pod["metadata"]["uid"] / "volumes"
    claims = (folder / volume["name"] / "token").read_text().split(".")[1]
    said = json.loads(base64.urlsafe_b64decode(claims + "=="))
    assert said["kubernetes.io"]["pod"] == {"name": "holder", "uid": pod["metadata"]["uid"]}
    assert said["kubernetes.io"]["node"]["name"] == "gitops-lab-node"
    assert said["exp"] - said["iat"] == 3607
    names = {path.name for path in (folder / volume["name"]).iterdir() if path.name[0] != "."}
    assert names == {"token", "ca.crt", "namespace"}
