"""Clusters by kind: Kubernetes itself, its nodes being containers.

`runtime` asks Docker (Podman, nerdctl), `tool` runs the kind command line, `config` renders what
kind is given, `refusals` words what goes wrong, `provider` ties them together.
"""

from gitops_lab.workspace.kind.provider import Kind

__all__ = ["Kind"]
