"""Run an API server until standard input is closed; prints its URL, CA file and token as JSON."""

import json
import logging
import sys
import tempfile
from pathlib import Path

from tests.apiserver.servers import TOKEN, RunningServer


def main() -> None:
    """Serve; what the server logs as an error goes to standard error."""
    logging.basicConfig(level=logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        server = RunningServer(Path(folder)).start()
        ca_file = str(server.folder / "tls.crt")
        print(json.dumps({"url": server.url, "ca": ca_file, "token": TOKEN}), flush=True)
        sys.stdin.read()
        server.stop()


if __name__ == "__main__":
    main()
