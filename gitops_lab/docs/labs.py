"""The pages of the labs, from the labs' own files."""

from gitops_lab.lab import Lab, bundled
from gitops_lab.lab.template import render


def index(labs: list[Lab]) -> str:
    """The list of labs."""
    rows = "\n".join(
        f"| [{lab.title}]({lab.name}.md) | {lab.level} | {lab.minutes} min | {lab.summary} |"
        for lab in labs
    )
    return (
        "# Labs\n\n"
        "Each lab runs on your laptop: `gitops-lab start NAME` brings up a cluster, a Git server "
        "and an engine, and `gitops-lab check` tells what is right and what is not.\n\n"
        f"| lab | level | time | what it is about |\n|---|---|---|---|\n{rows}\n"
    )


def page(lab: Lab) -> str:
    """One lab: how to start it, what it removes from the head, and its README."""
    text = render((lab.folder / "README.md").read_text(), lab.example_parameters, file="README.md")
    title, _, body = text.partition("\n")
    facts = (
        f'!!! info "{lab.level}, {lab.minutes} minutes"\n'
        f"    Start it with `gitops-lab start {lab.name}`, or watch it play by itself with "
        f"`gitops-lab demo {lab.name}`.\n\n"
        f"    *What many believe, and what this lab takes away:* {lab.misconception}\n"
    )
    return f"{title}\n\n{facts}\n{body}"


def pages() -> dict[str, str]:
    """Every page, by its path below the site's root."""
    labs = bundled()
    return {"labs/index.md": index(labs), **{f"labs/{lab.name}.md": page(lab) for lab in labs}}
