"""Requests that a node answers: logs, exec, attach and port-forward are passed on to it."""
