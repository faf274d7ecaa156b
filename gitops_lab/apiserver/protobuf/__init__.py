"""Bodies in Kubernetes' protobuf form, which kubectl and Helm send for built-in kinds."""

from gitops_lab.apiserver.protobuf.decode import MAGIC, decode
from gitops_lab.apiserver.protobuf.wire import ProtobufError

__all__ = ["MAGIC", "ProtobufError", "decode"]
