"""Running `helm` against a cluster, in a home of its own, with our post-renderer plugged in."""

import os
import re
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitops_lab.dialects.flux.helm.forwarder import forwarder
from gitops_lab.dialects.flux.helm.logs import Log
from gitops_lab.dialects.flux.helm.spec import CONTROLLER
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube import Client
from gitops_lab.kube.helm import helm
from gitops_lab.kube.yamls import dump

POST_RENDERER = "gitops-lab-flux"
_NOWHERE = "http://127.0.0.1:9"
_GRACE_SECONDS = 60.0
_LAST_WORDS_SECONDS = 2.0
_ERROR = re.compile(r"^Error: (?:(?:INSTALLATION|UPGRADE) FAILED: )?(.*)\Z", re.M | re.S)
_UNREADY = re.compile(r"resource (\S+/\S+/\S+) not ready\. status: (\w+)")


class HelmFailed(GitOpsLabError):
    """helm ended with an error; the message is what it said, `logs` the end of its log."""

    default_reason = "HelmFailed"

    def __init__(self, message: str, logs: str = "") -> None:
        super().__init__(message)
        self.logs = logs


@dataclass(frozen=True)
class Target:
    """Where a release goes: a cluster, as who its client is, and a namespace."""

    client: Client
    namespace: str


class HelmProgram:
    """Runs helm. Thread-safe; `stop` ends what is running."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def on(self, target: Target, arguments: Sequence[str], *, seconds: float = 300.0) -> str:
        """Run against a cluster; the end of its log. Raises HelmFailed and HelmMissing."""
        words = [*arguments, "--namespace", target.namespace, "--debug"]
        with (
            forwarder(target.client, CONTROLLER) as url,
            tempfile.TemporaryDirectory(prefix="gitops-lab-helm-") as cache,
        ):
            cluster = {"HELM_KUBEAPISERVER": url, "KUBECACHEDIR": cache}
            try:
                _, logs = self._ended(words, seconds, cluster)
                return logs.replace(url, target.client.server)
            except HelmFailed as error:
                server = target.client.server
                said, logs = error.message.replace(url, server), error.logs.replace(url, server)
                raise HelmFailed(said, logs) from error

    def run(self, arguments: Sequence[str], *, seconds: float = 120.0) -> str:
        """Run without a cluster; what it wrote. Raises HelmFailed and HelmMissing."""
        output, _ = self._ended(arguments, seconds, {})
        return output

    def _ended(
        self, arguments: Sequence[str], seconds: float, cluster: Mapping[str, str]
    ) -> tuple[str, str]:
        """Run it; what it wrote, and the end of its log. `cluster` is for its environment."""
        self._prepare()
        process = self._start([str(helm()), *arguments], cluster)
        assert process.stderr is not None
        log = Log(process.stderr)
        process.stderr = None  # it is read by the log, and not by communicate
        try:
            output, _ = process.communicate(timeout=seconds + _GRACE_SECONDS)
            log.wait(_LAST_WORDS_SECONDS)
        except subprocess.TimeoutExpired as error:
            raise HelmFailed(f"helm did not end within {seconds:.0f} s") from error
        finally:
            self._end(process)
        if process.returncode:
            raise _failed(log.said or output, log.told)
        return output, log.told

    @property
    def stopped(self) -> bool:
        """Whether nothing is started any more."""
        return self._stopped

    def stop(self) -> None:
        """End what is running; nothing is started any more."""
        self._stopped = True
        with self._lock:
            running = list(self._running)
        for process in running:
            process.terminate()

    def _start(self, argv: list[str], cluster: Mapping[str, str]) -> "subprocess.Popen[str]":
        with self._lock:
            if self._stopped:
                raise HelmFailed("the workspace is being stopped")
            process = subprocess.Popen(
                argv,
                cwd=self._folder,
                env={**self._environment(), **cluster},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            self._running.add(process)
        return process

    def _end(self, process: "subprocess.Popen[str]") -> None:
        with self._lock:
            self._running.discard(process)
        if process.poll() is None:
            process.kill()
            process.communicate()

    def _environment(self) -> dict[str, str]:
        root = Path(__file__).parents[4]
        return {
            "HOME": str(self._folder),
            "PATH": os.defpath,
            "KUBECONFIG": os.devnull,
            "HELM_PLUGINS": str(self._folder / "plugins"),
            "HELM_CACHE_HOME": str(self._folder / "cache"),
            "HELM_CONFIG_HOME": str(self._folder / "config"),
            "HELM_DATA_HOME": str(self._folder / "data"),
            "PYTHONPATH": str(root),
            "HTTP_PROXY": _NOWHERE,
            "HTTPS_PROXY": _NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost,*",
        }

    def _prepare(self) -> None:
        """The folder with our plugin; helm 4 runs nothing else as a post-renderer."""
        plugin = self._folder / "plugins" / POST_RENDERER / "plugin.yaml"
        content = _plugin()
        if plugin.is_file() and plugin.read_text() == content:
            return
        plugin.parent.mkdir(parents=True, exist_ok=True)
        making = plugin.with_suffix(f".{threading.get_ident()}")
        making.write_text(content)
        making.replace(plugin)


def _plugin() -> str:
    """What helm reads of our post-renderer."""
    # By its path: as a module it would bring all of the dialect, and take twice as long.
    script = str(Path(__file__).with_name("postrender.py"))
    command = {"command": sys.executable, "args": ["-P", script]}
    return dump(
        {
            "apiVersion": "v1",
            "type": "postrenderer/v1",
            "name": POST_RENDERER,
            "version": "1.0.0",
            "runtime": "subprocess",
            "runtimeConfig": {"platformCommand": [command]},
        }
    )


def _failed(said: str, logs: str) -> HelmFailed:
    """helm's last words without what helm-controller would not say."""
    found = _ERROR.search(said)
    message = found[1].strip() if found else said.strip()
    unready = _UNREADY.findall(message)
    if unready and "context deadline exceeded" in message:
        rows = ", ".join(f"{resource} status: '{status}'" for resource, status in unready)
        message = f"timeout waiting for: [{rows}]"
    return HelmFailed(message, logs)
