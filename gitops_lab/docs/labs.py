"""The pages of the labs, from the labs' own files: in modules, in every language they are in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.lab import Lab, Question, Step, bundled
from gitops_lab.lab.model import BUILTIN
from gitops_lab.lab.template import render
from gitops_lab.lab.translation import languages, translated
from gitops_lab.workspace.providers import FEATURES


@dataclass(frozen=True)
class Module:
    """A path through some labs. `labs` are names; those that aren't there are left out."""

    title: str
    about: str
    labs: tuple[str, ...]


MODULES = (
    Module(
        "Ground",
        "What a cluster is and does, for whoever has never seen one.",
        ("kubernetes-in-ten-minutes",),
    ),
    Module(
        "Why",
        "The same shop by hand and from Git. Compare how long it takes to get it back, who holds "
        "the keys, and what can be told afterwards.",
        ("by-hand", "first-sync", "drift", "principles"),
    ),
    Module(
        "Tools and architecture",
        "Environments, charts, secrets; how repositories are cut, and which engine is for whom.",
        ("environments", "helm", "secrets", "repositories", "choose"),
    ),
    Module(
        "Workflows and adopting",
        "Good days and bad ones, and how what was made by hand comes under Git.",
        ("rollback", "incident", "explain-it", "disaster", "adopt"),
    ),
)
ENGINES = Module(
    "Engines", "The same ideas in the words of Argo CD and Flux, and what differs between them.", ()
)
MORE = Module(
    "Electives", "What some need, and others never will.", ("argocd-fleet", "flux-images")
)
_HEADINGS = {
    "en": ("Predict", "Do", "Why", "At work"),
    "de": ("Vorhersage", "Tun", "Warum", "Bei der Arbeit"),
}
_SAYS = {
    "en": {
        "start": "Start it with `gitops-lab start {name}`, or watch it play by itself with "
        "`gitops-lab demo {name}`.",
        "belief": "What many believe, and what this lab takes away:",
        "minutes": "minutes",
        "before": "Better done before:",
        "tools": "You need, beside git:",
        "features": "It runs on:",
        "engines": "Another engine can serve its apps:",
        "quiz": "Quiz",
        "answer": "And the answer?",
        "debrief": "To take home",
        "trainer": "For whoever teaches it",
    },
    "de": {
        "start": "Beginne mit `gitops-lab --lang de start {name}`, oder sieh zu, wie es von selbst "
        "läuft: `gitops-lab demo {name}`.",
        "belief": "Was viele glauben, und was dieses Lab ihnen nimmt:",
        "minutes": "Minuten",
        "before": "Besser vorher:",
        "tools": "Du brauchst, außer git:",
        "features": "Es läuft auf:",
        "engines": "Eine andere Engine kann seine Apps versorgen:",
        "quiz": "Quiz",
        "answer": "Und die Antwort?",
        "debrief": "Zum Mitnehmen",
        "trainer": "Für alle, die es unterrichten",
    },
}
_IN = {"en": "In English", "de": "Auf Deutsch"}


def pages() -> dict[str, str]:
    """Every page, by its path below the site's root."""
    labs = bundled()
    found = {"labs/index.md": index(labs), "teach/trainer.md": trainer(labs)}
    for lab in labs:
        found[f"labs/{lab.name}.md"] = page(lab)
        for language in languages(lab):
            found[f"labs/{lab.name}.{language}.md"] = page(translated(lab, language), language)
    return found


def nav() -> list[Any]:
    """The part `Learn` of the site's navigation: a path for each module."""
    labs = bundled()
    entries: list[Any] = [{"How to learn": "learn/loop.md"}, {"Labs": "labs/index.md"}]
    for module, mine in modules(labs):
        entries.append({module.title: [{lab.title: f"labs/{lab.name}.md"} for lab in mine]})
    return entries


def modules(labs: list[Lab]) -> Iterator[tuple[Module, list[Lab]]]:
    """Each module with its labs in order; every lab is in one of them."""
    by_name = {lab.name: lab for lab in labs}
    for module in MODULES:
        mine = [by_name.pop(name) for name in module.labs if name in by_name]
        if mine:
            yield module, mine
    rest = [lab for lab in by_name.values() if lab.name in MORE.labs or not lab.engines]
    engines = [lab for lab in by_name.values() if lab not in rest]
    yield from ((m, mine) for m, mine in ((ENGINES, engines), (MORE, rest)) if mine)


def index(labs: list[Lab]) -> str:
    """The list of labs, as paths."""
    parts = [
        "# Labs\n\n"
        "Each lab runs on your laptop: `gitops-lab start NAME` brings up a cluster, a Git server "
        "and an engine, and `gitops-lab check` tells what is right and what is not. A module is a "
        "path; within it each lab builds on the one before."
    ]
    for module, mine in modules(labs):
        minutes = sum(lab.minutes for lab in mine)
        rows = "\n".join(
            f"| [{lab.title}]({lab.name}.md) | {lab.level} | {lab.minutes} min | {lab.summary} |"
            for lab in mine
        )
        head = "| lab | level | time | what it is about |\n|---|---|---|---|"
        about = f"{module.about} {minutes} minutes."
        parts.append(f"## {module.title}\n\n{about}\n\n{head}\n{rows}")
    return "\n\n".join(parts) + "\n"


def _needs(lab: Lab, says: Mapping[str, str]) -> str:
    """What a learner should have before, and may choose, a line each."""
    needs = lab.needs
    others = [engine for engine in lab.served_by if engine != BUILTIN]
    fit = [name for name, offers in FEATURES.items() if offers.issuperset(needs.features)]
    told = (
        ("before", [f"[{name}]({name}.md)" for name in needs.labs]),
        ("tools", [f"`{name}`" for name in needs.tools]),
        ("features", [f"`--provider {name}`" for name in fit] if needs.features else []),
        ("engines", [f"`--engine {name}`" for name in others] if lab.apps else []),
    )
    return "".join(f"\n\n    {says[key]} {', '.join(names)}." for key, names in told if names)


def page(lab: Lab, language: str = "en") -> str:
    """One lab: how to start it, what it takes out of the head, its text, quiz and notes."""
    says = _SAYS[language]
    facts = (
        f'!!! info "{lab.level}, {lab.minutes} {says["minutes"]}"\n'
        f"    {says['start'].format(name=lab.name)}\n\n"
        f"    *{says['belief']}* {lab.misconception}"
    )
    facts += _needs(lab, says)
    parts = [f"# {lab.title}", _others(lab, language), facts]
    parts.append(_without_title(_filled(lab, lab.introduction)))
    parts += [_step(lab, step, language) for step in lab.steps]
    if lab.quiz:
        parts.append(f"## {says['quiz']} {{#quiz}}")
        parts += [_question(lab, question, says["answer"]) for question in lab.quiz]
    if lab.debrief:
        parts.append(f"## {says['debrief']} {{#debrief}}\n\n{_filled(lab, lab.debrief)}")
    if lab.trainer:
        parts.append(f'??? note "{says["trainer"]}"\n\n{_inner(_filled(lab, lab.trainer))}')
    return "\n\n".join(part.strip() for part in parts if part.strip()) + "\n"


def trainer(labs: list[Lab]) -> str:
    """The trainer's pack: what each lab takes, and what goes wrong in the room."""
    parts = [
        "# For trainers\n\n"
        "What each lab takes, the belief that it takes away, and what goes wrong in the room. "
        "`gitops-lab demo LAB --present` plays any of them on a stage, `gitops-lab doctor --fix` "
        "looks at each laptop before the course, and `gitops-lab bundle` makes the file for a room "
        "without network."
    ]
    for module, mine in modules(labs):
        parts.append(f"## {module.title}")
        for lab in mine:
            about = f"### {lab.title}\n\n[{lab.name}](../labs/{lab.name}.md), {lab.minutes} minutes"
            parts.append(f"{about}. *“{lab.misconception}”*")
            if lab.trainer:
                parts.append(_filled(lab, lab.trainer))
    return "\n\n".join(parts) + "\n"


def _others(lab: Lab, language: str) -> str:
    links = [f"[{_IN['en']}]({lab.name}.md)"] if language != "en" else []
    links += [f"[{_IN[o]}]({lab.name}.{o}.md)" for o in languages(lab) if o != language]
    return " · ".join(links)


def _step(lab: Lab, step: Step, language: str) -> str:
    text = step.text
    parts = [f"## {_filled(lab, text.title)} {{#{step.id}}}", _filled(lab, text.intro)]
    told = (text.predict, text.do, text.why, text.at_work)
    for heading, content in zip(_HEADINGS[language], told, strict=True):
        if filled := _filled(lab, content).strip():
            parts.append(f"### {heading}\n\n{filled}")
    return "\n\n".join(part for part in parts if part)


def _question(lab: Lab, question: Question, answer: str) -> str:
    choices = "\n".join(
        f"{n}. {_filled(lab, choice.say)}" for n, choice in enumerate(question.choices, 1)
    )
    told = "\n".join(
        f"- {'**' if choice.right else ''}{_filled(lab, choice.say)}{'**' if choice.right else ''} "
        f"{_filled(lab, choice.why)}"
        for choice in question.choices
    )
    return f'**{_filled(lab, question.ask)}**\n\n{choices}\n\n??? tip "{answer}"\n\n{_inner(told)}'


def _inner(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.strip().splitlines())


def _without_title(text: str) -> str:
    first, _, rest = text.strip().partition("\n")
    return rest if first.startswith("# ") else text


def _filled(lab: Lab, text: str) -> str:
    return render(text, lab.example_parameters, file="README.md")
