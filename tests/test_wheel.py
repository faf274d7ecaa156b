"""The wheel carries all that it needs: labs, samples, tables, definitions."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def test_what_is_in_the_wheel_lists_labs_and_runs_none_of_the_checkout(tmp_path: Path) -> None:
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "-o", str(tmp_path)]
    subprocess.run([*build, str(ROOT)], check=True, capture_output=True)
    with zipfile.ZipFile(next(tmp_path.glob("*.whl"))) as wheel:
        wheel.extractall(tmp_path / "site")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path / "site"), "COLUMNS": "200"}

    def python(*arguments: str) -> str:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    where = python("-c", "import gitops_lab; print(gitops_lab.__file__)")
    assert str(tmp_path / "site") in where
    assert "first-sync" in python("-m", "gitops_lab.cli", "list")
    python("-m", "gitops_lab.cli", "author", "lint")
    images = python(
        "-c",
        "from pathlib import Path; from gitops_lab import samples\n"
        "print(all(Path(i.command[-1]).exists() for i in samples.catalog().values()))",
    )
    assert images.strip() == "True"
