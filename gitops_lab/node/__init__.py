"""What a kubelet, a scheduler and kube-proxy do, with pods as local processes."""

from gitops_lab.node.config import NodeConfig
from gitops_lab.node.images import Image
from gitops_lab.node.node import Node

__all__ = ["Image", "Node", "NodeConfig"]
