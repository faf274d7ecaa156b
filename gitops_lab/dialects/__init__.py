"""Engines that are spoken: their resources are translated into Apps, their Status is written back.

One package an engine; each has `dialect(timing)`, see `dialect.Dialect`.
"""

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gitops_lab.engine.front import Front
    from gitops_lab.kube import Client


def fronts_of(
    engine: str,
    client: "Client",
    repositories: Callable[[], Collection[str]],
    port: int = 0,
    home: str = "main",
) -> "tuple[Front, ...]":
    """The kinds of an engine that are Apps, for processes that only read.

    `port` is the Git server's, where URLs are told that name it; `home` the cluster in which the
    resources are.
    """
    from gitops_lab.dialects.urls import Urls

    repo_of = Urls(lambda: port, repositories).repo_of
    if engine == "argocd":
        from gitops_lab.dialects.argocd.application.front import ApplicationFront

        return (ApplicationFront(repo_of, home),)
    if engine == "flux":
        from gitops_lab.dialects.flux.fronts import fronts

        return fronts(client, repo_of, home)
    return ()
