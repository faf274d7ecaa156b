"""Paths below an object that are not the object: scale, binding, eviction, finalize, token …"""

from collections.abc import Awaitable, Callable

from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.subresources.eviction import evict
from gitops_lab.apiserver.subresources.finalize import finalize
from gitops_lab.apiserver.subresources.pods import bind, bind_named
from gitops_lab.apiserver.subresources.scale import scale
from gitops_lab.apiserver.subresources.tokens import create_token

Handler = Callable[[Api, Call], Awaitable[Answer]]

HANDLERS: dict[tuple[str, str], Handler] = {
    ("namespaces", "finalize"): finalize,
    ("pods", "binding"): bind,
    ("pods", "eviction"): evict,
    ("serviceaccounts", "token"): create_token,
}

__all__ = ["HANDLERS", "Handler", "bind_named", "scale"]
