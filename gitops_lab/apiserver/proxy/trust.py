"""Whom the server believes to be a node."""

import ssl
from functools import cached_property


class Trust:
    """The TLS context for nodes: certificates of the workspace's own CA."""

    def __init__(self, ca_file: str) -> None:
        self._ca_file = ca_file

    @cached_property
    def context(self) -> ssl.SSLContext:
        """Made on first use. Names are not compared: only the workspace has this CA's key."""
        context = ssl.create_default_context(cafile=self._ca_file)
        context.check_hostname = False
        return context
