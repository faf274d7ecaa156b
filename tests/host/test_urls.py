"""A Service of type NodePort says where it answers on this machine, and nothing else says so."""

from typing import Any

import pytest

from gitops_lab.host.urls import ServiceUrls
from gitops_lab.kube import Client

PORTS = {30080: 41001, 30081: 30081}


def _service(*ports: dict[str, Any]) -> dict[str, Any]:
    return {"metadata": {"name": "web", "namespace": "web"}, "spec": {"ports": list(ports)}}


@pytest.mark.parametrize(
    ("ports", "url"),
    [
        ([{"nodePort": 30080}], "http://127.0.0.1:41001"),
        ([{"port": 80}, {"nodePort": 30081}], "http://127.0.0.1:30081"),
        ([{"nodePort": 30080, "protocol": "UDP"}], ""),
        ([{"nodePort": 31000}], ""),
        ([{"port": 80}], ""),
        ([], ""),
    ],
)
def test_the_first_port_that_is_led_to_is_the_url(ports: list[dict[str, Any]], url: str) -> None:
    urls = ServiceUrls(Client("https://127.0.0.1:1"), PORTS)
    assert urls.url(_service(*ports)) == url
