"""Requests made by schemathesis from our own OpenAPI documents: no answer may be a 5xx (hooks.py).

Usage: python -m scripts.fuzzing.calls SCHEMATHESIS [--examples N] [--seconds N] [--paths N]
       [--seed N] [--groups …]
"""

import argparse
import json
import os
import random
import re
import ssl
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.request import HTTPSHandler, ProxyHandler, Request, build_opener

GROUPS = (
    "api/v1",
    "apis/apps/v1",
    "apis/batch/v1",
    "apis/networking.k8s.io/v1",
    "apis/rbac.authorization.k8s.io/v1",
    "apis/apiextensions.k8s.io/v1",
    "apis/policy/v1",
    "apis/discovery.k8s.io/v1",
)
# A watch goes on, and what is behind these paths is a node that is not there. A Binding to nothing
# is answered with 500, as the genuine server does.
LEFT_OUT = r"/watch/|/proxy|/exec|/attach|/portforward|/log$|/bindings?$"
GRACE_SECONDS = 90  # to read the document before, and to tell what was found after


def main() -> None:
    """Play each group; exit 1 when one has a finding."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("schemathesis")
    parser.add_argument("--examples", type=int, default=20, help="of each operation, at most")
    parser.add_argument("--seconds", type=int, default=60, help="of ten paths, about")
    parser.add_argument("--paths", type=int, default=0, help="of each group, drawn; 0: all")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--groups", nargs="*", default=GROUPS)
    options = parser.parse_args()
    command = [sys.executable, "-m", "scripts.fuzzing.serve"]
    with tempfile.TemporaryFile("w+") as log:  # a pipe that nobody reads would stop the server
        with subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True
        ) as server:
            assert server.stdout is not None
            where = json.loads(server.stdout.readline())
            failed = [group for group in options.groups if not play(group, where, options)]
            server.communicate("")
        log.seek(0)
        errors = log.read()
    if "Traceback" in errors:
        sys.exit(f"the server logged a traceback (seed {options.seed}):\n{errors[-4000:]}")
    if failed:
        sys.exit(f"findings in {', '.join(failed)}, see above (seed {options.seed})")
    print(f"no finding in {len(options.groups)} groups, seed {options.seed}")


def drawn(group: str, where: dict[str, Any], options: argparse.Namespace) -> list[str]:
    """The paths of a group that are played: with another seed, others."""
    request = Request(
        f"{where['url']}/openapi/v3/{group}", headers={"Authorization": f"Bearer {where['token']}"}
    )
    context = ssl.create_default_context(cafile=where["ca"])
    with build_opener(ProxyHandler({}), HTTPSHandler(context=context)).open(request) as answer:
        paths = sorted(json.load(answer)["paths"])
    paths = [path for path in paths if not re.search(LEFT_OUT, path)]
    if not options.paths:
        return paths
    chosen = random.Random(f"{options.seed} {group}")
    return sorted(chosen.sample(paths, min(options.paths, len(paths))))


def play(group: str, where: dict[str, Any], options: argparse.Namespace) -> bool:
    """Whether a group's operations were answered without a server's error."""
    paths = drawn(group, where, options)
    seconds = options.seconds * -(-len(paths) // 10)
    print(f"{group}: {len(paths)} paths in {seconds} s", flush=True)
    command = [
        options.schemathesis,
        "run",
        f"{where['url']}/openapi/v3/{group}",
        f"--url={where['url']}",
        f"--header=Authorization: Bearer {where['token']}",
        f"--tls-verify={where['ca']}",
        "--checks=answered",
        "--phases=fuzzing",
        f"--max-examples={options.examples}",
        f"--seed={options.seed}",
        "--request-timeout=10",
        f"--max-time={seconds}",
        "--no-shrink",
        *(f"--include-path={path}" for path in paths),
        "--no-color",
    ]
    hooks = {"SCHEMATHESIS_HOOKS": "hooks", "PYTHONPATH": str(Path(__file__).parent)}
    environment = {**os.environ, **hooks, "NO_PROXY": "127.0.0.1"}
    try:
        limit = seconds + GRACE_SECONDS
        done = subprocess.run(command, check=False, env=environment, timeout=limit)
    except subprocess.TimeoutExpired:
        print(f"{group}: did not end within {limit} s, though told to after {seconds} s")
        return False
    return done.returncode == 0


if __name__ == "__main__":
    main()
