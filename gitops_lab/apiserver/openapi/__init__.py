"""OpenAPI v3 (an index, and a document for each group version) and v2, out of the registry."""

from gitops_lab.apiserver.openapi.service import OpenApi, Reply, takes_json

__all__ = ["OpenApi", "Reply", "takes_json"]
