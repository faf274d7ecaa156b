"""The embedded Kubernetes API server: `ApiServer(ServerConfig(...))` inside an event loop."""

from typing import TYPE_CHECKING, Any

from gitops_lab.apiserver.config import ServerConfig, User

if TYPE_CHECKING:
    from gitops_lab.apiserver.server import ApiServer

__all__ = ["ApiServer", "ServerConfig", "User"]


def __getattr__(name: str) -> Any:
    # The server pulls in everything else; whoever wants only a part is spared that.
    if name == "ApiServer":
        from gitops_lab.apiserver.server import ApiServer

        return ApiServer
    raise AttributeError(name)
