"""A bundle is installed without an index; nothing is trusted but what its manifest lists."""

import ensurepip
import json
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from gitops_lab import __version__
from gitops_lab.workspace.bundle import load
from gitops_lab.workspace.bundle.create import pack

PIP = next((Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl"), None)
WHEEL = f"gitops_lab-{__version__}"
needs_pip = pytest.mark.skipif(PIP is None, reason="this Python does not bring pip along")


def _wheel(folder: Path) -> None:
    """A package of our name with a command that says hello."""
    info = f"{WHEEL}.dist-info"
    files = {
        "hello_lab.py": "def main():\n    print('hello from the bundle')\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: gitops-lab\nVersion: {__version__}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/entry_points.txt": "[console_scripts]\ngitops-lab = hello_lab:main\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(folder / f"{WHEEL}-py3-none-any.whl", "w") as wheel:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            wheel.writestr(name, text)


@pytest.fixture
def parts(tmp_path: Path) -> Path:
    """The folder that is packed."""
    wheels = tmp_path / "parts" / "wheels"
    wheels.mkdir(parents=True)
    _wheel(wheels)
    if PIP:
        shutil.copy(PIP, wheels)
    return wheels.parent


@pytest.fixture
def bundle(parts: Path, tmp_path: Path) -> Path:
    made = tmp_path / "bundle.pyz"
    pack(parts, made)
    return made


def _says(command: Path) -> str:
    return subprocess.run([command], capture_output=True, text=True, check=True).stdout


@needs_pip
def test_a_bundle_is_installed_without_an_index_and_again_over_itself(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:1/")
    monkeypatch.setenv("PIP_NO_INDEX", "0")
    for _ in range(2):
        loaded = load.load(bundle, tmp_path / "here", say=lambda told: None)
        assert loaded.version == __version__
        assert "hello from the bundle" in _says(loaded.command)
    assert not list(tmp_path.glob(".gitops-lab-*"))


@needs_pip
def test_a_bundle_runs_by_itself_where_only_python_is(bundle: Path, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-I", str(bundle)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    command = tmp_path / f"gitops-lab-{__version__}" / "bin" / "gitops-lab"
    assert str(command) in done.stdout
    assert "hello from the bundle" in _says(command)


@needs_pip
def test_tools_are_installed_and_images_wait_for_docker(
    parts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("tools/kind", "images/node.tar"):
        (parts / name).parent.mkdir()
        (parts / name).write_text("#!/bin/sh\necho kind\n")
    pack(parts, tmp_path / "whole.pyz", ["kindest/node:v1"])
    monkeypatch.setenv("KIND_EXPERIMENTAL_PROVIDER", "no-such-program")
    loaded = load.load(tmp_path / "whole.pyz", tmp_path / "here", say=lambda told: None)
    assert "no-such-program is not installed" in loaded.problem
    assert loaded.images == ()
    assert _says(tmp_path / "here" / "bin" / "kind") == "kind\n"


def test_a_folder_with_something_else_in_it_is_left_alone(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("x")
    with pytest.raises(load.BundleError, match="in the way"):
        load.load(bundle, tmp_path / "mine", say=lambda told: None)
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


# -- bundles that somebody has changed

Change = Callable[[dict[str, bytes], dict[str, object]], None]


def _listed(manifest: dict[str, object]) -> dict[str, dict[str, object]]:
    files = manifest["files"]
    assert isinstance(files, dict)
    return files


def _add(name: str, *, listed: bool) -> Change:
    def change(members: dict[str, bytes], manifest: dict[str, object]) -> None:
        members[name] = b"evil"
        if listed:
            _listed(manifest)[name] = {"bytes": 4, "sha256": ""}

    return change


def _damage(members: dict[str, bytes], manifest: dict[str, object]) -> None:
    name = next(name for name in members if name.startswith("wheels/gitops_lab"))
    members[name] = members[name][:-1] + bytes([members[name][-1] ^ 1])


def _drop(members: dict[str, bytes], manifest: dict[str, object]) -> None:
    del members[next(name for name in members if name.startswith("wheels/gitops_lab"))]


def _other(key: str, value: object) -> Change:
    def change(members: dict[str, bytes], manifest: dict[str, object]) -> None:
        manifest[key] = value

    return change


CHANGES = {
    "leaves its folder": (_add("../evil", listed=True), "elsewhere"),
    "leaves a subfolder": (_add("wheels/../../evil", listed=True), "elsewhere"),
    "absolute": (_add("/tmp/evil", listed=True), "elsewhere"),
    "is dots": (_add("wheels/..", listed=True), "elsewhere"),
    "backslashes": (_add("wheels/..\\evil", listed=True), "elsewhere"),
    "other folder": (_add("bin/evil", listed=True), "elsewhere"),
    "too deep": (_add("wheels/a/evil.whl", listed=True), "elsewhere"),
    "not listed": (_add("wheels/evil.whl", listed=False), "does not fit"),
    "damaged": (_damage, "damaged or changed"),
    "incomplete": (_drop, "is missing"),
    "other Python": (_other("python", "3.9"), "for python 3.9"),
    "other machine": (_other("machine", "pdp11"), "for machine pdp11"),
    "later format": (_other("format", 99), "format 99"),
}


@pytest.mark.parametrize(("change", "told"), CHANGES.values(), ids=CHANGES)
def test_a_bundle_that_was_changed_is_refused_and_writes_nothing(
    bundle: Path, tmp_path: Path, change: Change, told: str
) -> None:
    with zipfile.ZipFile(bundle) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    manifest = json.loads(members.pop(load.MANIFEST))
    change(members, manifest)
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr(load.MANIFEST, json.dumps(manifest))
        for name, data in members.items():
            archive.writestr(name, data)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(load.BundleError, match=told):
        load.load(bundle, tmp_path / "here", say=lambda told: None)
    assert sorted(tmp_path.rglob("*")) == before


def test_a_link_in_a_bundle_is_refused(bundle: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(bundle) as archive:
        manifest = json.loads(archive.read(load.MANIFEST))
    link = zipfile.ZipInfo("wheels/evil.whl")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    manifest["files"] = {link.filename: {"bytes": 11, "sha256": ""}}
    with zipfile.ZipFile(bundle, "w") as archive:
        archive.writestr(load.MANIFEST, json.dumps(manifest))
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(load.BundleError, match="no plain file"):
        load.load(bundle, tmp_path / "here", say=lambda told: None)


@pytest.mark.parametrize("content", [b"", b"not a zip", b"PK\x05\x06" + b"\0" * 18])
def test_what_is_no_bundle_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x").write_bytes(content)
    with pytest.raises(load.BundleError):
        load.load(tmp_path / "x", tmp_path / "here", say=lambda told: None)
    with pytest.raises(load.BundleError, match="No such file"):
        load.load(tmp_path / "none", tmp_path / "here", say=lambda told: None)
