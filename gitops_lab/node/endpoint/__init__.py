"""The node's HTTPS endpoint that the API server passes logs, exec and port-forward on to."""
