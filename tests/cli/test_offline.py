"""`app render` and `app diff` without a workspace: in a pipeline that judges a pull request."""

import json
import subprocess

import pyrage
import pytest

from gitops_lab.cli.program import main
from gitops_lab.engine.render.sops.crypt import encrypt

APP = """apiVersion: gitops-lab.dev/v1
kind: GitOpsApp
metadata: {name: shop, namespace: gitops}
spec:
  source: {repo: shop, path: deploy}
  destination: {namespace: shop}
"""
CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {message: one}\n"
SECRET = (
    "apiVersion: v1\nkind: Secret\nmetadata: {name: db}\nstringData: {user: u, password: pw-1}\n"
)


def git(folder, *arguments):
    identity = ["-c", "user.name=a", "-c", "user.email=a@b.c", "-c", "commit.gpgSign=false"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def clone(tmp_path, monkeypatch):
    folder = tmp_path / "clone"
    (folder / "deploy").mkdir(parents=True)
    (folder / "app.yaml").write_text(APP)
    (folder / "deploy/settings.yaml").write_text(CONFIG)
    (folder / "deploy/db.yaml").write_text(SECRET)
    git(folder, "init", "-q", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "one")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("GITOPS_LAB_HOME", str(tmp_path / "home"))
    return folder


def run(capsys, *arguments):
    code = main(["app", *arguments])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_the_objects_of_a_folder_are_shown_and_secrets_are_not(clone, capsys):
    code, out, _ = run(capsys, "render", "--app", "app.yaml")
    assert code == 0
    assert "message: one" in out
    assert "password: '***'" in out
    assert "pw-1" not in out


def test_what_the_files_change_against_a_revision_is_shown(clone, capsys):
    (clone / "deploy/settings.yaml").write_text(CONFIG.replace("one", "two"))
    (clone / "deploy/db.yaml").write_text(SECRET.replace("pw-1", "pw-2"))
    (clone / "deploy/new.yaml").write_text(CONFIG.replace("settings", "new"))
    code, out, _ = run(capsys, "diff", "--app", "app.yaml", "--json")
    changes = {c["object"]: c for c in json.loads(out.splitlines()[-1])["changes"]}
    assert code == 0
    assert {name: change["action"] for name, change in changes.items()} == {
        "Secret/db": "update",
        "ConfigMap/settings": "update",
        "ConfigMap/new": "create",
    }
    assert "-  message: one\n+  message: two" in changes["ConfigMap/settings"]["diff"]
    secret = changes["Secret/db"]["diff"]
    assert "password" in secret
    assert "pw-" not in secret
    assert "  user: '***'" in secret.replace("+", "").replace("-", "")


def test_the_change_can_be_a_comment_of_a_pull_request(clone, capsys):
    git(clone, "checkout", "-q", "-b", "change")
    (clone / "deploy/db.yaml").unlink()
    (clone / "deploy/settings.yaml").write_text(CONFIG.replace("one", "two"))
    git(clone, "commit", "-q", "-a", "-m", "two")
    code, out, _ = run(capsys, "diff", "--app", "app.yaml", "--against", "main", "--markdown")
    assert code == 0
    assert out.startswith("### shop: 1 to change, 1 to remove\n")
    assert "<code>ConfigMap/settings</code>" in out
    assert "```diff\n--- a/ConfigMap/settings" in out
    assert "from `deploy/settings.yaml`" in out


def test_nothing_changed_is_said(clone, capsys):
    _, out, _ = run(capsys, "diff", "--app", "app.yaml", "--markdown")
    assert out == "### shop: nothing changes\n"


def test_without_a_key_what_is_encrypted_stays_so(clone, capsys, tmp_path):
    key = pyrage.x25519.Identity.generate()
    (clone / "app.yaml").write_text(APP + "  decryption: {secret: age}\n")
    (clone / "deploy/db.yaml").write_bytes(encrypt(SECRET.encode(), [str(key.to_public())]))
    code, out, _ = run(capsys, "render", "--app", "app.yaml")
    assert (code, "password: '***'" in out) == (0, True)
    file = tmp_path / "key.txt"
    file.write_text(f"{key}\n")
    code, out, _ = run(capsys, "render", "--app", "app.yaml", "--key", str(file))
    assert (code, "sops:" in out, "pw-1" in out) == (0, False, False)


def test_variables_of_the_cluster_may_be_given(clone, capsys):
    (clone / "app.yaml").write_text(APP + "  postBuild: {}\n")
    (clone / "deploy/settings.yaml").write_text(CONFIG.replace("one", '"${word}"'))
    code, _, err = run(capsys, "render", "--app", "app.yaml")
    assert code == 3
    assert "deploy/settings.yaml:1" in err
    assert "word" in err
    _, out, _ = run(capsys, "render", "--app", "app.yaml", "--set", "word=hello")
    assert "message: hello" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["render"], "which app"),
        (["diff", "--app", "app.yaml", "--against", "nowhere"], "nowhere"),
        (["render", "--app", "deploy/settings.yaml"], "0 GitOpsApps"),
        (["render", "--app", "app.yaml", "--from", "deploy"], "no folder 'deploy'"),
        (["render", "--app", "app.yaml", "--set", "word"], "NAME=VALUE"),
    ],
)
def test_what_is_missing_is_said(clone, capsys, arguments, said):
    code, _, err = run(capsys, *arguments)
    assert code in (2, 3)
    assert said in err
