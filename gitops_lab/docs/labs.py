"""The pages of the labs, from the labs' own files."""

from gitops_lab.lab import Lab, Step, bundled
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
    """One lab: how to start it, what it takes out of the head, and its text."""
    facts = (
        f'!!! info "{lab.level}, {lab.minutes} minutes"\n'
        f"    Start it with `gitops-lab start {lab.name}`, or watch it play by itself with "
        f"`gitops-lab demo {lab.name}`.\n\n"
        f"    *What many believe, and what this lab takes away:* {lab.misconception}"
    )
    parts = [f"# {lab.title}", facts, _without_title(_filled(lab, lab.introduction))]
    parts += [_step(lab, step) for step in lab.steps]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _step(lab: Lab, step: Step) -> str:
    text = step.text
    parts = [f"## {_filled(lab, text.title)} {{#{step.id}}}", _filled(lab, text.intro)]
    for heading in ("predict", "do", "why", "at_work"):
        if content := _filled(lab, getattr(text, heading)).strip():
            parts.append(f"### {heading.replace('_', ' ').capitalize()}\n\n{content}")
    return "\n\n".join(part for part in parts if part)


def _without_title(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    return rest if first.startswith("# ") else text


def _filled(lab: Lab, text: str) -> str:
    return render(text, lab.example_parameters, file="README.md")


def pages() -> dict[str, str]:
    """Every page, by its path below the site's root."""
    labs = bundled()
    return {"labs/index.md": index(labs), **{f"labs/{lab.name}.md": page(lab) for lab in labs}}
