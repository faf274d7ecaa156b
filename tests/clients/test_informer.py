"""client-go's informers, on which controllers and operators are built."""

import subprocess

import pytest

from gitops_lab.kube import Client
from tests.clients.cluster import Cluster
from tests.oracle.genuine import programs


def settings(namespace: str, name: str, colour: str) -> dict[str, object]:
    metadata = {"name": name, "namespace": namespace}
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": metadata,
        "data": {"colour": colour},
    }


def test_an_informer_sees_what_is_there_and_all_that_happens(
    running: Cluster, namespace: str
) -> None:
    program = programs()["informer"]
    if not program.exists():
        pytest.skip("the informer is not built: run `scripts/oracle build --only informer`")
    client = Client.from_kubeconfig(running.kubeconfig)
    client.create(settings(namespace, "first", "blue"))
    with subprocess.Popen(
        [program, namespace], stdout=subprocess.PIPE, text=True, env=running.environment
    ) as informer:
        assert informer.stdout is not None
        known = [next(informer.stdout).strip()]
        while known[-1] != "SYNCED":
            known.append(next(informer.stdout).strip())
        client.create(settings(namespace, "last", "blue"))
        client.apply(settings(namespace, "last", "green"), field_manager="test", force=True)
        client.delete("v1", "ConfigMap", "first", namespace)
        client.delete("v1", "ConfigMap", "last", namespace)
        seen = known + [line.strip() for line in informer.stdout]
        assert informer.wait(timeout=30) == 0
    client.close()
    told = [line for line in seen if line != "SYNCED" and "kube-root" not in line]
    assert told == [
        "ADDED first blue",
        "ADDED last blue",
        "MODIFIED last green",
        "DELETED first blue",
        "DELETED last green",
    ]
