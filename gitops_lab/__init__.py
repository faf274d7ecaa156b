"""GitOps Lab: labs, an embedded Kubernetes cluster, a Git server and a GitOps engine."""

__version__ = "0.1.0"
