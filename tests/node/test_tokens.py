"""When tokens are asked for anew; nothing is started."""

import asyncio
from typing import Any, cast

import pytest

from gitops_lab.kube.objects import Object
from gitops_lab.node.pods import tokens
from gitops_lab.node.pods.context import PodContext
from gitops_lab.node.pods.volumes import TokenWanted

POD = {"metadata": {"name": "web", "namespace": "here", "uid": "1"}, "spec": {}}


class Machine:
    """Counts what it is asked for."""

    def __init__(self) -> None:
        self.asked: list[Object] = []

    async def post(self, path: str, body: Object) -> Object:
        self.asked.append({"path": path, **body["spec"]})
        return {"status": {"token": f"token-{len(self.asked)}"}}


class Context:
    def __init__(self) -> None:
        self.pod, self.machine = POD, Machine()


def test_a_token_is_kept_until_it_is_old(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("gitops_lab.node.pods.tokens.time.time", lambda: clock[0])
    context = Context()
    held = tokens.Tokens(cast(PodContext, cast(Any, context)))
    wanted = TokenWanted("", 1000)

    async def get() -> str:
        return await held.get(wanted)

    assert held.next_renewal() is None
    assert asyncio.run(get()) == "token-1"
    assert held.next_renewal() == 800
    clock[0] += 799
    assert asyncio.run(get()) == "token-1"
    clock[0] += 2
    assert asyncio.run(get()) == "token-2"
    assert context.machine.asked[0]["boundObjectRef"]["uid"] == "1"
    assert "audiences" not in context.machine.asked[0]
