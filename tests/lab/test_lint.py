"""What `author lint` finds in a lab's text, each with its line."""

from pathlib import Path

import pytest

from gitops_lab.lab import bundled_folders, lint, load, name_of
from gitops_lab.lab.scaffold import scaffold

DEPLOYMENT = "```yaml\napiVersion: apps/v1\nkind: Deployment\nspec:\n  replica: 2\n```"

SPOILED = [
    ("See [there](nowhere.md).", 5, "the link `nowhere.md` leads nowhere."),
    ("See [there](#nowhere).", 5, "there is no heading `nowhere`."),
    ("```sh\nls\n```", 5, "no proof runs the commands of this block."),
    ("```console\nls\n```", 5, "this console block has no command."),
    ("```console\n$ ls\n```", 5, "no proof runs the commands of this block."),
    (DEPLOYMENT, 6, 'Deployment has unknown field "spec.replica".'),
    (DEPLOYMENT.replace("Deployment", "Deploymant"), 6, "there is no kind Deploymant in apps/v1."),
    ("```yaml\na: [\n```", 7, ""),
    (
        "```yaml\napiVersion: gitops-lab.dev/v1\nkind: GitOpsApp\n"
        "spec: {source: {repo: a}, suspnd: true}\n```",
        6,
        "spec.suspnd is not a field here",
    ),
]


@pytest.mark.parametrize(("text", "line", "what"), SPOILED, ids=[w[2][:30] for w in SPOILED])
def test_a_bad_line_is_told_with_its_place(tmp_path: Path, text: str, line: int, what: str):
    folder = tmp_path / "mine"
    scaffold(folder)
    lines = (folder / "README.md").read_text().splitlines()
    (folder / "README.md").write_text("\n".join([*lines[:4], text, "", *lines[4:]]) + "\n")

    (problem,) = lint(folder, "mine")

    assert problem.what.startswith(what)
    assert problem.line == line
    assert problem.fix
    assert load(folder)  # it still runs


@pytest.mark.parametrize("folder", bundled_folders(), ids=lambda folder: folder.name)
def test_the_course_has_no_such_line(folder: Path):
    assert lint(folder, name_of(folder)) == ()
