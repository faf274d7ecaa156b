"""The samples as container images, made of what is at hand: this very Python and its libraries.

No registry and no Docker is needed, only Linux. One tag, one behaviour, as on the embedded
cluster: command, variables and ports come from the same catalogue.
"""

import hashlib
import json
import platform
import py_compile
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator
from pathlib import Path

from gitops_lab.samples import SampleImage, catalog
from gitops_lab.samples.archive import Image, LayerWriter, layer_of, new_layer, write_archive

_SAMPLES = Path(__file__).parent
_APP = "/app"
_COMMAND = "/usr/local/bin/python3"
_TOOLS = ("cat", "date", "echo", "env", "false", "head", "ls", "sleep", "tail", "true", "wc")
"""What a command of a pod may use beside the shell, as it may on the embedded cluster."""
_PACKAGES = ("bash", "busybox", "coreutils", "dash", "rust-coreutils")
"""Where shell and tools come from on Debian and its like: their licences go along."""
_SKIPPED = {
    "__pycache__",
    "dist-packages",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tests",
    "tkinter",
    "turtledemo",
}
# The samples listen on their pod's address where they are told one; in a container, on all.
_ENVIRONMENT = {
    "GITOPS_LAB_ADDRESS": "0.0.0.0",  # noqa: S104
    "PATH": "/usr/local/bin:/usr/bin:/bin",
    "PYTHONDONTWRITEBYTECODE": "1",
}


def fingerprint() -> str:
    """Changes with whatever goes into the images: the samples' files, and this Python."""
    digest = hashlib.sha256(f"{sys.version} {platform.machine()} {python()}".encode())
    for path in _sources():
        digest.update(path.relative_to(_SAMPLES).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def write_images(path: Path) -> list[str]:
    """Write every sample's image into one archive; their references."""
    with tempfile.TemporaryDirectory() as scratch:
        base, app = Path(scratch, "python.tar"), Path(scratch, "app.tar")
        with new_layer(base) as writer:
            _add_python(writer)
        with new_layer(app) as writer:
            _add_samples(writer)
        layers = (layer_of(base), layer_of(app))
        images = [
            Image(
                reference=sample.reference,
                layers=layers,
                entrypoint=_entrypoint(sample),
                environment={**_ENVIRONMENT, **sample.environment},
                ports=sample.ports,
            )
            for sample in catalog().values()
        ]
        write_archive(path, images)
    return [image.reference for image in images]


def python() -> str:
    """The path of the interpreter itself, not of a virtual environment's link to it."""
    return str(Path(getattr(sys, "_base_executable", "") or sys.executable).resolve())


def _entrypoint(sample: SampleImage) -> tuple[str, ...]:
    """The command of the embedded cluster, with the paths of the image."""
    words = [word.replace(str(_SAMPLES), _APP) for word in sample.command[1:]]
    return (python(), *words)


def _sources() -> list[Path]:
    return sorted(path for path in _SAMPLES.rglob("*.py") if "__pycache__" not in path.parts)


def _add_samples(writer: LayerWriter) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        for path in _sources():
            name = f"{_APP}/{path.relative_to(_SAMPLES).as_posix()}"
            writer.add(path, name, 0o644)
            # Files of a layer have no time, so what is compiled must not be compared with it.
            compiled = Path(scratch, "compiled.pyc")
            mode = py_compile.PycInvalidationMode.UNCHECKED_HASH
            py_compile.compile(str(path), str(compiled), name, invalidation_mode=mode)
            tag = sys.implementation.cache_tag
            target = Path(name).parent / "__pycache__" / f"{path.stem}.{tag}.pyc"
            writer.add(compiled, target.as_posix(), 0o644)


def _add_python(writer: LayerWriter) -> None:
    """Interpreter, standard library and the shared libraries of both, where they are here."""
    interpreter = Path(python())
    writer.add(interpreter, str(interpreter), 0o755)
    if str(interpreter) != _COMMAND:
        writer.link(_COMMAND, str(interpreter))  # for `kubectl exec`
    programs = [interpreter]
    for folder in _library_folders():
        for path in _library_files(folder):
            writer.add(path.resolve(), str(path), 0o644)
            if path.suffix == ".so":
                programs.append(path)
    _add_shared(writer, [*programs, *_add_shell(writer)])
    writer.text("/etc/passwd", "root:x:0:0:root:/:/bin/false\nnobody:x:65534:65534::/:/bin/false\n")
    writer.text("/etc/group", "root:x:0:\nnogroup:x:65534:\n")
    writer.folder("/tmp", 0o1777)  # noqa: S108


def _add_shell(writer: LayerWriter) -> list[Path]:
    """A shell and some tools, for commands of pods and `kubectl exec`; the programs."""
    found = {"/bin/sh": Path("/bin/sh").resolve()}
    for name in _TOOLS:
        if path := shutil.which(name, path="/usr/bin:/bin"):
            found[f"/usr/bin/{name}"] = Path(path).resolve()
    programs = sorted(set(found.values()))  # one for many names, as of Busybox
    for program in programs:
        writer.add(program, str(program), 0o755)
    for name, program in found.items():
        if name != str(program):
            writer.link(name, str(program))
    for package in _PACKAGES:
        licence = Path("/usr/share/doc", package, "copyright")
        if licence.is_file():
            writer.add(licence.resolve(), str(licence), 0o644)
    return programs


def _library_folders() -> list[Path]:
    base = {"base": sys.base_prefix, "platbase": sys.base_exec_prefix}
    paths = sysconfig.get_paths(vars={**base, "installed_base": sys.base_prefix})
    return list(dict.fromkeys(Path(paths[name]) for name in ("stdlib", "platstdlib")))


def _library_files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.name in _SKIPPED or path.name.startswith("config-"):
            continue
        if path.is_dir():
            yield from _library_files(path)
        elif path.suffix in (".py", ".so"):
            yield path


def _add_shared(writer: LayerWriter, programs: list[Path]) -> None:
    """What the loader would load, all beside libc, where it looks without a cache of names."""
    said = subprocess.run(
        ["ldd", *map(str, programs)], capture_output=True, text=True, timeout=60, check=False
    ).stdout
    found: dict[str, Path] = {}
    for line in said.splitlines():
        words = line.split()
        if len(words) >= 3 and words[1] == "=>" and words[2].startswith("/"):
            found[words[0]] = Path(words[2])
        elif words and words[0].startswith("/") and not line.endswith(":"):
            writer_name, loader = words[0], Path(words[0])
            found.setdefault(writer_name, loader)
    libc = next((path for name, path in found.items() if name.startswith("libc.")), None)
    for name, path in found.items():
        target = name if name.startswith("/") or libc is None else f"{libc.parent}/{name}"
        writer.add(path.resolve(), target, 0o755)


def write_context(folder: Path, base: str) -> dict[str, Path]:
    """For machines whose Python is no Linux program: a folder for `docker build`.

    `base` is an image with a Python. Returns the Dockerfile of each reference.
    """
    for path in _sources():
        target = folder / "app" / path.relative_to(_SAMPLES)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    found = {}
    for number, sample in enumerate(catalog().values()):
        words = ["python3", *_entrypoint(sample)[1:]]
        variables = {**_ENVIRONMENT, **sample.environment}
        lines = [f"FROM {base}", f"COPY app {_APP}"]
        lines += [f"ENV {name}={json.dumps(value)}" for name, value in variables.items()]
        lines += [f"EXPOSE {port}" for port in sample.ports]
        lines += [f"ENTRYPOINT {json.dumps(words)}"]
        found[sample.reference] = folder / f"Dockerfile.{number}"
        found[sample.reference].write_text("\n".join(lines) + "\n")
    return found
