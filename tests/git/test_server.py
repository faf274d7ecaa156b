"""The real git through the server, both ways."""

import base64
import gzip
import http.client
import os
import resource
import select
import socket
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from gitops_lab.git import ZERO, Clone, GitError, GitServer, announce
from tests.git.conftest import TOKEN, plain_environment
from tests.waiting import eventually

linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc and Linux units")


def commit(lab, clone: Path, name: str, content: str = "x") -> str:
    (clone / name).write_text(content)
    lab.git("add", "-A", cwd=clone)
    assert lab.git("commit", "-qm", f"Add {name}", cwd=clone).returncode == 0
    return lab.git("rev-parse", "HEAD", cwd=clone).stdout.strip()


def cloned(lab, tmp_path: Path, *options: str, name: str = "clone") -> Path:
    into = tmp_path / name
    done = lab.git("clone", "-q", *options, lab.server.clone_url("web"), str(into), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return into


def request(lab, method, path, *, body=None, headers=None, token=TOKEN):
    connection = http.client.HTTPConnection(lab.server.host, lab.server.port, timeout=20)
    secret = base64.b64encode(f"learner:{token}".encode()).decode()
    sent = {"Authorization": f"Basic {secret}", **(headers or {})}
    connection.request(method, path, body=body, headers=sent)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    return answer, text


def test_clone_commit_push_and_fetch(lab, tmp_path):
    one, two = cloned(lab, tmp_path), cloned(lab, tmp_path, name="other")
    sha = commit(lab, one, "new.txt")
    assert lab.git("push", "-q", cwd=one).returncode == 0
    assert lab.repositories.resolve("web", "main") == sha
    assert lab.git("pull", "-q", cwd=two).returncode == 0
    assert (two / "new.txt").exists()


def test_a_push_is_told_once_with_what_moved(lab, tmp_path):
    clone = cloned(lab, tmp_path)
    old = lab.repositories.resolve("web", "main")
    new = commit(lab, clone, "a")
    lab.git("tag", "v1", cwd=clone)
    assert lab.git("push", "-q", "origin", "main", "v1", cwd=clone).returncode == 0
    push = lab.pushes.get(timeout=5)
    assert push.repo == "web"
    assert [(r.ref, r.old, r.new) for r in push.refs] == [
        ("refs/heads/main", old, new),
        ("refs/tags/v1", ZERO, new),
    ]
    assert lab.git("push", "-q", cwd=clone).returncode == 0
    lab.git("fetch", cwd=clone)
    assert lab.pushes.empty()


def test_a_push_is_told_within_milliseconds_of_its_end(lab, tmp_path):
    clone = cloned(lab, tmp_path)
    told = threading.Event()
    lab.server._teller._on_push = lambda push: told.set()
    commit(lab, clone, "a")
    assert lab.git("push", "-q", cwd=clone).returncode == 0
    assert told.wait(0.5)


def test_what_on_push_raises_does_not_reach_the_learner(lab, tmp_path, caplog):
    clone = cloned(lab, tmp_path)
    lab.server._teller._on_push = lambda push: 1 / 0
    commit(lab, clone, "a")
    assert lab.git("push", "-q", cwd=clone).returncode == 0
    eventually(lambda: "after a push to web" in caplog.text)


def test_branches_and_tags_come_and_go(lab, tmp_path):
    clone = cloned(lab, tmp_path)
    lab.git("checkout", "-qb", "feature/x", cwd=clone)
    sha = commit(lab, clone, "a")
    lab.git("tag", "-am", "release", "v1", cwd=clone)
    assert lab.git("push", "-q", "origin", "feature/x", "v1", cwd=clone).returncode == 0
    assert lab.repositories.resolve("web", "feature/x") == sha
    assert lab.repositories.resolve("web", "v1") == sha
    assert lab.git("push", "-q", "origin", ":feature/x", cwd=clone).returncode == 0
    assert "refs/heads/feature/x" not in lab.repositories.refs("web")


def test_history_may_be_rewritten_as_with_plain_git(lab, tmp_path):
    clone = cloned(lab, tmp_path)
    lab.git("commit", "-q", "--amend", "-m", "other", cwd=clone)
    refused = lab.git("push", cwd=clone)
    assert refused.returncode != 0
    assert "non-fast-forward" in refused.stderr
    assert lab.git("push", "-q", "--force", cwd=clone).returncode == 0


def test_a_shallow_clone_has_one_commit_and_can_push(lab, tmp_path):
    for n in range(5):
        lab.repositories.commit("web", "main", f"c{n}", {"n": str(n)})
    clone = cloned(lab, tmp_path, "--depth", "1")
    assert lab.git("rev-list", "--count", "HEAD", cwd=clone).stdout.strip() == "1"
    sha = commit(lab, clone, "a")
    assert lab.git("push", "-q", cwd=clone).returncode == 0
    assert lab.repositories.resolve("web", "main") == sha
    assert lab.git("fetch", "-q", "--unshallow", cwd=clone).returncode == 0
    assert lab.git("rev-list", "--count", "HEAD", cwd=clone).stdout.strip() == "7"


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_every_protocol_version_is_spoken(lab, tmp_path, version):
    listed = lab.git(
        *("-c", f"protocol.version={version}", "ls-remote", lab.server.clone_url("web")),
        cwd=tmp_path,
    )
    assert "refs/heads/main" in listed.stdout


def test_a_wrong_password_is_refused_and_nothing_is_asked(lab, tmp_path):
    done = lab.git("clone", lab.server.clone_url("web"), "c", cwd=tmp_path, token="wrong")
    assert done.returncode != 0
    assert "uthentication failed" in done.stderr or "could not read" in done.stderr


def test_without_the_token_there_is_only_the_challenge(lab):
    for token in ("wrong", "", TOKEN + "x"):
        answer, text = request(
            lab, "GET", "/web.git/info/refs?service=git-upload-pack", token=token
        )
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith('Basic realm="gitops-lab"')
        assert b"workspace's token" in text
    for header in ("Bearer x", "Basic !!!", "Basic", ""):
        answer, _ = request(lab, "GET", "/x.git/info/refs", headers={"Authorization": header})
        assert answer.status == 401


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nope.git/info/refs?service=git-upload-pack", 404),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/%2e%2e/web.git/info/refs?service=git-upload-pack", 404),
        ("GET", "/..%2fweb.git/info/refs?service=git-upload-pack", 404),
        ("GET", "/web.git/HEAD", 404),
        ("GET", "/web.git/config", 404),
        ("GET", "/web.git/objects/info/packs", 404),
        ("GET", "/web.git/info/refs", 403),
        ("GET", "/web.git/info/refs?service=git-upload-archive", 403),
        ("GET", "/web.git/git-receive-pack", 405),
        ("POST", "/web.git/info/refs?service=git-upload-pack", 405),
        ("GET", "/", 404),
        ("GET", "/.git/info/refs?service=git-upload-pack", 404),
    ],
)
def test_nothing_but_git_is_served(lab, method, path, status):
    answer, text = request(lab, method, path)
    assert answer.status == status
    assert text.endswith(b".\n")


def test_a_gzipped_request_is_understood(lab):
    sha = lab.repositories.resolve("web", "main")
    want = f"0032want {sha}\n00000009done\n".encode()
    answer, text = request(
        lab,
        "POST",
        "/web.git/git-upload-pack",
        body=gzip.compress(want),
        headers={
            "Content-Type": "application/x-git-upload-pack-request",
            "Content-Encoding": "gzip",
        },
    )
    assert answer.status == 200
    assert b"PACK" in text


def test_a_body_over_the_limit_is_refused_with_a_reason(lab):
    answer, text = request(
        lab,
        "POST",
        "/web.git/git-receive-pack",
        headers={"Content-Length": str(10**12)},
    )
    assert answer.status == 413
    assert text == b"A push may have 512 MB at most; this one has more.\n"


def test_an_endless_body_without_a_length_is_cut_off(repositories, tmp_path, monkeypatch):
    greedy = tmp_path / "greedy"
    greedy.write_text("#!/bin/sh\nexec wc -c\n")
    greedy.chmod(0o755)
    monkeypatch.setattr("gitops_lab.git.server._http_backend", lambda: str(greedy))
    with served(repositories, max_push=1_000_000) as server:
        connection = http.client.HTTPConnection(server.host, server.port, timeout=20)
        assert send_until_answered(connection) == 413
        connection.close()


def test_a_push_over_the_limit_says_so_to_the_learner(repositories, tmp_path):
    with served(repositories, max_push=200_000) as server:
        clone = tmp_path / "clone"
        url = server.clone_url("web").replace("//", f"//learner:{TOKEN}@")
        environment = plain_environment(tmp_path)
        run = {"env": environment, "capture_output": True, "text": True, "timeout": 60}
        subprocess.run(["git", "clone", "-q", url, str(clone)], check=True, **run)
        (clone / "big").write_bytes(os.urandom(3_000_000))
        subprocess.run(["git", "add", "-A"], cwd=clone, check=True, **run)
        subprocess.run(["git", "commit", "-qm", "big"], cwd=clone, check=True, **run)
        done = subprocess.run(["git", "push"], cwd=clone, **run)
    assert done.returncode != 0
    assert "pack exceeds maximum allowed size" in done.stderr


@linux
def test_a_large_push_and_clone_are_streamed(lab, tmp_path):
    clone = cloned(lab, tmp_path)
    (clone / "big").write_bytes(os.urandom(30_000_000))
    lab.git("config", "core.compression", "0", cwd=clone)
    commit(lab, clone, "a")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert lab.git("push", "-q", cwd=clone).returncode == 0
    again = cloned(lab, tmp_path, name="again")
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    assert (again / "big").stat().st_size == 30_000_000
    assert grown < 8, f"{grown:.1f} MB more"


def test_pushes_at_once_all_land_and_are_all_told(lab, tmp_path):
    clones = [cloned(lab, tmp_path, name=f"c{n}") for n in range(4)]
    shas = []
    for n, clone in enumerate(clones):
        lab.git("checkout", "-qb", f"b{n}", cwd=clone)
        shas.append(commit(lab, clone, f"f{n}"))
    results = []

    def push(n):
        results.append(lab.git("push", "-q", "origin", f"b{n}", cwd=clones[n]).returncode)

    threads = [threading.Thread(target=push, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [0] * 4
    told = []
    while len(told) < 4:
        told += [(r.ref, r.new) for r in lab.pushes.get(timeout=5).refs]
    assert sorted(told) == [(f"refs/heads/b{n}", shas[n]) for n in range(4)]


@linux
def test_the_backend_ends_when_the_client_is_gone(lab):
    connection = http.client.HTTPConnection(lab.server.host, lab.server.port, timeout=20)
    secret = base64.b64encode(f"learner:{TOKEN}".encode()).decode()
    connection.putrequest("POST", "/web.git/git-receive-pack")
    connection.putheader("Authorization", f"Basic {secret}")
    connection.putheader("Content-Type", "application/x-git-receive-pack-request")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    eventually(lambda: backends(lab))
    connection.close()
    eventually(lambda: not backends(lab))


def test_a_moved_ref_can_be_announced(lab):
    sha = lab.repositories.commit("web", "main", "straight", {"a": "b"})
    announce(lab.server.clone_url("web"), TOKEN)
    (update,) = lab.pushes.get(timeout=5).refs
    assert update.new == sha
    with pytest.raises(GitError, match="401"):
        announce(lab.server.clone_url("web"), "wrong")


def test_a_page_beside_the_repositories_is_for_who_has_the_token(lab):
    lab.server.pages["/metrics"] = lambda: "up 1\n"

    told, text = request(lab, "GET", "/metrics")

    assert (told.status, text.strip()) == (200, b"up 1")
    assert request(lab, "GET", "/metrics", token="wrong")[0].status == 401


def test_a_repository_made_later_is_served(lab, tmp_path):
    lab.repositories.create("late", {"a": "b"})
    clone = lab.clone(tmp_path / "late", "late")
    clone.write({"c": "d"})
    clone.commit_all("c")
    clone.push()
    assert lab.pushes.get(timeout=5).repo == "late"


def test_answers_are_not_held_back_by_nagle(lab):
    with socket.create_connection((lab.server.host, lab.server.port)):
        (protocol,) = eventually(
            lambda: list(lab.server._listening._server.server_state.connections)
        )
        accepted = protocol.transport.get_extra_info("socket")
        assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_port_that_is_taken_is_named(lab, repositories):
    second = GitServer(repositories.root, TOKEN, port=lab.server.port)
    with pytest.raises(GitError) as raised:
        second.start()
    assert raised.value.reason == "PortInUse"


def test_the_server_comes_back_on_its_port(lab, repositories, tmp_path):
    clone = lab.clone(tmp_path / "c")
    port = lab.server.port
    lab.server.stop()
    again = GitServer(repositories.root, TOKEN, port=port)
    again.start()
    try:
        Clone(clone.path).fetch()
    finally:
        again.stop()


class served:  # noqa: N801 - reads as a context
    def __init__(self, repositories, **options):
        self.server = GitServer(repositories.root, TOKEN, **options)

    def __enter__(self):
        self.server.start()
        return self.server

    def __exit__(self, *error):
        self.server.stop()


def send_until_answered(connection) -> int:
    """Chunks of 1 MB until the server answers; the status."""
    secret = base64.b64encode(f"learner:{TOKEN}".encode()).decode()
    connection.putrequest("POST", "/web.git/git-receive-pack")
    connection.putheader("Authorization", f"Basic {secret}")
    connection.putheader("Transfer-Encoding", "chunked")
    connection.endheaders()
    piece = b"100000\r\n" + b"0" * 0x100000 + b"\r\n"
    for _ in range(200):
        connection.send(piece)
        if select.select([connection.sock], [], [], 0)[0]:
            break
    return connection.getresponse().status


def backends(lab) -> list[str]:
    """Processes of git that serve the lab's repositories."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
        except OSError:
            continue
        root = str(lab.repositories.root.resolve()).encode()
        if b"GIT_PROJECT_ROOT=" + root in environment:
            found.append(process.name)
    return found
