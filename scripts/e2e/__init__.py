"""Kubernetes' own conformance tests against an embedded cluster."""
