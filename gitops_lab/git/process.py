"""Running git with nothing of the user's configuration, and reporting what it said."""

import os
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from gitops_lab.git.errors import CommandFailed

TIMEOUT = 120.0
"""Seconds for a command on a small repository on a local disk."""

_SECONDS_PER_MB = 3.0
"""Far more than any disk and processor need: a busy machine is no reason to give up half-way."""

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "gc.auto": "0",
    "http.receivepack": "true",
    "init.defaultBranch": "main",
    "maintenance.auto": "false",
    "receive.autogc": "false",
    "safe.directory": "*",
    "uploadpack.allowAnySHA1InWant": "true",
    "uploadpack.allowFilter": "true",
}
"""Housekeeping is off, since it would delay a push and move objects while they are read."""


def clean_environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """Variables for git on our own repositories: no user's or system's configuration, no prompt.

    `settings` are added to the configuration, for this process only.
    """
    values = {**_SETTINGS, **(settings or {})}
    variables = {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": os.devnull,
        "LC_ALL": "C",
        "TZ": "UTC",
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_DEFAULT_HASH": "sha1",
        "GIT_DEFAULT_REF_FORMAT": "files",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": str(len(values)),
    }
    for index, (key, value) in enumerate(values.items()):
        variables[f"GIT_CONFIG_KEY_{index}"] = key
        variables[f"GIT_CONFIG_VALUE_{index}"] = value
    return variables


def learner_environment() -> dict[str, str]:
    """Variables for git in the learner's own clone: their configuration, but no prompt, no proxy.

    The Git server is on loopback, where a proxy would not find it. Variables that point git at
    some other repository (we may have been started from a hook) are dropped.
    """
    ours = {
        key: value
        for key, value in os.environ.items()
        if not key.startswith("GIT_") and not key.lower().endswith("_proxy")
    }
    for kept in ("GIT_CONFIG_GLOBAL", "GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_SYSTEM", "GIT_EXEC_PATH"):
        if kept in os.environ:
            ours[kept] = os.environ[kept]
    return {**ours, "GIT_TERMINAL_PROMPT": "0", "GIT_EDITOR": "true", "LC_ALL": "C"}


def run(
    arguments: Sequence[str],
    *,
    cwd: Path,
    env: Mapping[str, str] | None = None,
    data: bytes | None = None,
    timeout: float = TIMEOUT,
) -> bytes:
    """What `git <arguments>` wrote to standard output. Raises CommandFailed.

    It has `timeout` seconds, and more for what it is given to read.
    """
    seconds = timeout + len(data or b"") / 1e6 * _SECONDS_PER_MB
    try:
        done = subprocess.run(
            ["git", *arguments],
            cwd=cwd,
            env=dict(clean_environment() if env is None else env),
            input=data if data is not None else b"",
            capture_output=True,
            timeout=seconds,
            check=False,
        )
    except FileNotFoundError as error:
        raise _not_there(error, cwd) from error
    except subprocess.TimeoutExpired as error:
        raise CommandFailed(f"`git {arguments[0]}` did not end within {seconds:.0f} s.") from error
    if done.returncode != 0:
        output = done.stderr.decode(errors="replace").strip()
        told = " ".join(output.split()) or f"exit code {done.returncode}"  # git writes paragraphs
        raise CommandFailed(f"`git {' '.join(arguments)}` failed: {told}", output=output)
    return done.stdout


def _not_there(error: FileNotFoundError, cwd: Path) -> CommandFailed:
    if not cwd.is_dir():
        return CommandFailed(f"there is no folder {cwd}.")
    return CommandFailed(
        f"git can't be started: {error.strerror}.", hint="Install git 2.31 or newer."
    )
