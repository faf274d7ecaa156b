"""The genuine controllers as processes against a genuine API server, all on loopback."""

import base64
import os
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gitops_lab.kube import Client, Object
from gitops_lab.kube.errors import AlreadyExists
from gitops_lab.kube.yamls import dump, load_all
from tests.dialects.runner import programs
from tests.dialects.runner.backend import (
    GIT_TOKEN,
    NONE,
    Backend,
    followed_events,
    git_server,
    set_up,
)
from tests.dialects.runner.case import Setup
from tests.dialects.runner.kinds import ARGOCD
from tests.dialects.runner.programs import Program, need
from tests.dialects.runner.services import services
from tests.oracle.genuine import Endpoint, free_ports, genuine_server
from tests.waiting import eventually

PATIENCE, CALM = 90.0, 2.5  # Argo CD pauses 2 s between waves
FLUX = "flux-system"
FLUX_PROGRAMS = programs.ENGINES["flux"][1:]
PARAMETERS = "argocd-cmd-params-cm"
COMMAND_PARAMETERS = {
    "application.namespaces": "ARGOCD_APPLICATION_NAMESPACES",
    "applicationsetcontroller.enable.progressive.syncs": (
        "ARGOCD_APPLICATIONSET_CONTROLLER_ENABLE_PROGRESSIVE_SYNCS"
    ),
}
"""What its manifests make of that ConfigMap's keys: variables of the controllers."""

PART_OF_ARGOCD = {"app.kubernetes.io/part-of": "argocd"}
CONTROLLERS = (
    "garbage-collector-controller namespace-controller deployment-controller replicaset-controller"
)
"""What else must run: deletions in the foreground need a collector. No pod ever starts."""


class Processes:
    """Programs that run until the end, each with a log of its own under `root`."""

    def __init__(self, stack: ExitStack, root: Path) -> None:
        self.stack, self.root = stack, root

    def start(self, name: str, command: Sequence[str], **environment: str) -> None:
        """Start one; nothing of this shell's environment but the path to other programs."""
        home = self.root / name
        (home / "tmp").mkdir(parents=True, exist_ok=True)
        own = {"PATH": os.environ.get("PATH", ""), "HOME": str(home), "TMPDIR": str(home / "tmp")}
        log = self.stack.enter_context((self.root / f"{name}.log").open("wb"))
        process = subprocess.Popen(
            command, stdout=log, stderr=subprocess.STDOUT, env={**own, **environment}, cwd=home
        )
        self.stack.callback(_end, process)


@contextmanager
def genuine(root: Path, engines: Sequence[str], setup: Setup = NONE) -> Iterator[Backend]:
    """A cluster with the engines' controllers, ready. Raises ProgramMissing."""
    for engine in engines:
        for program in programs.engine_programs(engine, setup.version):
            need(program)
    with ExitStack() as stack:
        endpoint = stack.enter_context(genuine_server(root))
        git, repositories = git_server(root / "repos")
        stack.callback(git.stop)
        client = Client(endpoint.url, token=endpoint.token, ca_file=str(endpoint.ca_file))
        stack.callback(client.close)
        processes = Processes(stack, root)
        kubeconfig = _kubeconfig(endpoint, root / "kubeconfig", ARGOCD)
        processes.start("kube-controller-manager", _manager(kubeconfig))
        events, hooks = (f"127.0.0.1:{port}" for port in free_ports(2))
        if "flux" in engines:
            _start_flux(client, processes, kubeconfig, events, hooks)
        if "argocd" in engines:
            _start_argocd(client, processes, kubeconfig, git.url, setup)
        around = stack.enter_context(services(root))
        yield Backend(
            "genuine",
            client,
            root,
            PATIENCE,
            CALM,
            git,
            repositories,
            around,
            f"http://{hooks}",
            stack.enter_context(followed_events(client)),
        )


def versions(engine: str) -> dict[str, str]:
    """Name -> version of what an engine's cases are recorded with."""
    return {each.name: each.version for each in programs.ENGINES[engine]}


def _manager(kubeconfig: Path) -> list[str]:
    return [
        str(need(programs.CONTROLLER_MANAGER)),
        f"--kubeconfig={kubeconfig}",
        f"--controllers={','.join(CONTROLLERS.split())}",
        "--leader-elect=false",
        "--secure-port=0",
    ]


def _start_flux(
    client: Client, processes: Processes, kubeconfig: Path, events: str, hooks: str
) -> None:
    """Flux's controllers with their defaults; addresses apart."""
    for program in FLUX_PROGRAMS:
        install(client, (program.folder() / "config/crd/bases").glob("*.yaml"))
    namespace(client, FLUX)
    storage = processes.root / "artifacts"
    tags = processes.root / "tags"
    storage.mkdir()
    tags.mkdir()
    for program in FLUX_PROGRAMS:
        metrics, health, served = free_ports(3)
        address = f"127.0.0.1:{served}"
        extra = {
            programs.SOURCE: [
                f"--storage-path={storage}",
                f"--storage-addr={address}",
                f"--storage-adv-addr={address}",
            ],
            programs.NOTIFICATION: [f"--receiverAddr={hooks}"],
            programs.IMAGE_REFLECTOR: [f"--storage-path={tags}"],
        }.get(program, [])
        own = program is programs.NOTIFICATION
        command = [
            str(need(program)),
            f"--metrics-addr=127.0.0.1:{metrics}",
            f"--health-addr=127.0.0.1:{health}",
            f"--events-addr={events}" if own else f"--events-addr=http://{events}/",
            *extra,
        ]
        processes.start(program.name, command, KUBECONFIG=str(kubeconfig), RUNTIME_NAMESPACE=FLUX)


def _start_argocd(
    client: Client, processes: Processes, kubeconfig: Path, git_url: str, setup: Setup
) -> None:
    """Redis, the repo-server, the application and the ApplicationSet controller."""
    argocd, settings = programs.argocd(setup.version), setup.settings
    install(client, (argocd.folder() / "manifests/crds").glob("*-crd.yaml"))
    namespace(client, ARGOCD)
    for obj in _argocd_objects(git_url):
        client.apply(obj, field_manager="tester", force=True)
    set_up(client, settings)
    bin_folder = _named(processes.root / "bin", argocd)
    redis, repo, *ports = free_ports(7)
    environment = {
        "PATH": f"{bin_folder}:{os.environ.get('PATH', '')}",
        "KUBECONFIG": str(kubeconfig),
        "ARGOCD_FAKE_IN_CLUSTER": "true",
        "ARGOCD_GPG_ENABLED": "false",
        "ARGOCD_CONTROLLER_REPLICAS": "1",
        "ARGOCD_PLUGINSOCKFILEPATH": str(processes.root / "plugins"),
        "ARGOCD_ASK_PASS_SOCK": str(processes.root / "password.sock"),
        "ARGOCD_TLS_DATA_PATH": str(processes.root / "tls"),
        "ARGOCD_SSH_DATA_PATH": str(processes.root / "ssh"),
        **{COMMAND_PARAMETERS[key]: value for key, value in settings.get(PARAMETERS, {}).items()},
    }
    server = ["--save", "", "--appendonly", "no", "--bind", "127.0.0.1", "--port", str(redis)]
    processes.start("redis", [programs.redis(), *server])
    commands = {
        "argocd-repo-server": [
            "--disable-tls",
            "--address=127.0.0.1",
            f"--port={repo}",
            "--metrics-address=127.0.0.1",
            f"--metrics-port={ports[0]}",
            f"--redis=127.0.0.1:{redis}",
        ],
        "argocd-application-controller": [
            "--repo-server-plaintext",
            f"--repo-server=127.0.0.1:{repo}",
            f"--metrics-port={ports[1]}",
            f"--redis=127.0.0.1:{redis}",
        ],
        "argocd-applicationset-controller": [
            "--repo-server-plaintext",
            f"--argocd-repo-server=127.0.0.1:{repo}",
            f"--metrics-addr=127.0.0.1:{ports[2]}",
            f"--probe-addr=127.0.0.1:{ports[3]}",
            f"--webhook-addr=127.0.0.1:{ports[4]}",
        ],
    }
    for name, flags in commands.items():
        processes.start(name, [str(bin_folder / name), *flags], **environment)


def _argocd_objects(git_url: str) -> list[Object]:
    """What its installation brings, and the key to our Git server."""

    def core(kind: str, name: str, labels: dict[str, str], **content: object) -> Object:
        metadata = {"name": name, "namespace": ARGOCD, "labels": labels}
        return {"apiVersion": "v1", "kind": kind, "metadata": metadata, **content}

    project = {
        "apiVersion": "argoproj.io/v1alpha1",
        "kind": "AppProject",
        "metadata": {"name": "default", "namespace": ARGOCD},
        "spec": {
            "sourceRepos": ["*"],
            "destinations": [{"namespace": "*", "server": "*"}],
            "clusterResourceWhitelist": [{"group": "*", "kind": "*"}],
        },
    }
    credentials = {"type": "git", "url": git_url, "username": "learner", "password": GIT_TOKEN}
    secret = {"argocd.argoproj.io/secret-type": "repo-creds"}
    return [
        core("ConfigMap", "argocd-cm", PART_OF_ARGOCD),
        core("ConfigMap", "argocd-rbac-cm", PART_OF_ARGOCD),
        core("ConfigMap", "argocd-cmd-params-cm", PART_OF_ARGOCD),
        core("ConfigMap", "argocd-ssh-known-hosts-cm", PART_OF_ARGOCD),
        core("ConfigMap", "argocd-tls-certs-cm", PART_OF_ARGOCD),
        core("ConfigMap", "argocd-gpg-keys-cm", PART_OF_ARGOCD),
        core(
            "Secret",
            "argocd-secret",
            PART_OF_ARGOCD,
            data={"server.secretkey": base64.b64encode(b"of the cases").decode()},
        ),
        core("Secret", "cases-git", secret, stringData=credentials),
        project,
    ]


def _named(folder: Path, program_of_argocd: Program) -> Path:
    """A folder for the PATH: the one program under its names, and what it runs itself."""
    folder.mkdir()
    argocd = need(program_of_argocd)
    for name in (
        "argocd",
        "argocd-application-controller",
        "argocd-applicationset-controller",
        "argocd-repo-server",
    ):
        (folder / name).symlink_to(argocd)
    for program in (programs.KUSTOMIZE_COMMAND, programs.HELM_COMMAND):
        (folder / program.name).symlink_to(need(program))
    return folder


def install(client: Client, files: Iterator[Path]) -> None:
    """Apply definitions, and wait until they are served."""
    names = []
    for file in sorted(files):
        for document in load_all(file.read_text(), file=str(file)):
            client.apply(document.obj, field_manager="tester", force=True)
            names.append(document.obj["metadata"]["name"])
    for name in names:
        eventually(lambda n=name: _established(client, n), timeout=60)  # type: ignore[misc]


def namespace(client: Client, name: str) -> None:
    """Make a namespace, if it is not there."""
    try:
        client.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    except AlreadyExists:
        return


def _established(client: Client, name: str) -> bool:
    obj = client.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", name)
    conditions = (obj.get("status") or {}).get("conditions") or []
    return any(each["type"] == "Established" and each["status"] == "True" for each in conditions)


def _kubeconfig(endpoint: Endpoint, path: Path, current: str) -> Path:
    cluster = {"server": endpoint.url, "certificate-authority": str(endpoint.ca_file)}
    context = {"cluster": "main", "user": "admin", "namespace": current}
    content = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": "main", "cluster": cluster}],
        "users": [{"name": "admin", "user": {"token": endpoint.token}}],
        "contexts": [{"name": "main", "context": context}],
        "current-context": "main",
    }
    path.write_text(dump(content))
    return path


def _end(process: "subprocess.Popen[bytes]") -> None:
    process.terminate()
    try:
        process.wait(timeout=15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


__all__ = ["Program", "genuine", "install", "namespace", "versions"]
