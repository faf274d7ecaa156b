"""What an author wrote, as values: a lab, its steps, and the actions that solve or spoil them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Parameters = Mapping[str, Any]
BUILTIN = "builtin"
"""Our own engine, as `--engine` names it."""
FACTS = ("engine", "engine_namespace", "engine_kind")
"""What the texts of a lab that several engines can serve may ask for, beside its parameters."""
_APPS = {
    BUILTIN: ("gitops", "gitopsapp"),
    "argocd": ("argocd", "application"),
    "flux": ("flux-system", "kustomization"),
}


@dataclass(frozen=True)
class Parameter:
    """A value picked at random for each learner, so that answers can't be copied."""

    name: str
    choices: tuple[Any, ...]

    @property
    def example(self) -> Any:
        """The value that pages without a learner show."""
        return self.choices[0]


@dataclass(frozen=True)
class SeedRepository:
    """A repository that the workspace serves, and the folder it starts from."""

    name: str
    seed: str
    message: str


@dataclass(frozen=True)
class StartObjects:
    """A YAML file with objects that are in a cluster when the lab starts.

    `manager` names who applied them: the workspace when empty, else a field manager of its own,
    applied after the first sync (what someone did by hand, before the learner came).
    """

    file: str
    cluster: str = "main"
    manager: str = ""


@dataclass(frozen=True)
class Edit:
    """One replacement in a file; `find` has to occur exactly once."""

    file: str
    find: str
    put: str


@dataclass(frozen=True)
class Commit:
    """A commit in the learner's clone, pushed; `files` is a folder laid over the clone."""

    repo: str
    message: str
    files: str = ""
    edits: tuple[Edit, ...] = ()
    delete: tuple[str, ...] = ()
    branch: str = "main"
    push: bool = True
    say: str = ""


@dataclass(frozen=True)
class Run:
    """A command, run in a clone with KUBECONFIG and PATH set."""

    argv: tuple[str, ...]
    repo: str = ""
    say: str = ""


@dataclass(frozen=True)
class Revert:
    """A commit that takes the last one of a repository back (`git revert`), pushed."""

    repo: str
    branch: str = "main"
    say: str = ""


Action = Commit | Run | Revert


@dataclass(frozen=True)
class HintRule:
    """When a hint fits what a check saw: every pattern given has to match one red verdict."""

    check: str = ""
    link: str = ""
    seen: str = ""

    @property
    def always(self) -> bool:
        """Whether this hint is a general one, given tier by tier."""
        return not (self.check or self.link or self.seen)


@dataclass(frozen=True)
class Hint:
    """One tier of help. Hints with a rule come first, while their rule matches."""

    id: str
    say: str
    when: HintRule = field(default_factory=HintRule)


@dataclass(frozen=True)
class Answer:
    """Another way through a step: right ones turn it green, wrong ones leave it red.

    `hint` is the id of the hint that a learner who did this should get ("" when right).
    """

    name: str
    actions: tuple[Action, ...]
    hint: str = ""


@dataclass(frozen=True)
class DemoNotes:
    """What a presenter says before a step is solved, and after it.

    `watch` is what the audience should look at in between.
    """

    before: str = ""
    after: str = ""
    watch: str = ""


@dataclass(frozen=True)
class StepText:
    """A step's part of README.md: Markdown, not yet rendered; `line` is its heading's."""

    id: str
    title: str
    line: int
    intro: str = ""
    predict: str = ""
    do: str = ""
    why: str = ""
    at_work: str = ""


@dataclass(frozen=True)
class Step:
    """One thing to do and to understand."""

    id: str
    text: StepText
    checks: tuple[str, ...]
    hints: tuple[Hint, ...]
    solution: tuple[Action, ...]
    also_right: tuple[Answer, ...] = ()
    wrong: tuple[Answer, ...] = ()
    reset: tuple[Action, ...] = ()
    demo: DemoNotes = field(default_factory=DemoNotes)

    @property
    def title(self) -> str:
        """The heading of the step."""
        return self.text.title


@dataclass(frozen=True)
class Choice:
    """An answer that a question offers, and why it is right or wrong."""

    say: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """A question of the quiz at a lab's end; exactly one of its choices is right."""

    ask: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True)
class Needs:
    """What a lab can't do without: labs that go before, programs, features of the cluster."""

    labs: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    features: tuple[str, ...] = ()


@dataclass(frozen=True)
class Lab:
    """A lab: a folder of plain files, read."""

    name: str
    folder: Path
    title: str
    summary: str
    level: str
    minutes: int
    misconception: str
    steps: tuple[Step, ...]
    needs: Needs = field(default_factory=Needs)
    clusters: tuple[str, ...] = ("main",)
    engines: tuple[str, ...] = ()
    served_by: tuple[str, ...] = (BUILTIN,)
    parameters: tuple[Parameter, ...] = ()
    repositories: tuple[SeedRepository, ...] = ()
    apps: tuple[dict[str, Any], ...] = ()
    objects: tuple[StartObjects, ...] = ()
    introduction: str = ""
    quiz: tuple[Question, ...] = ()
    debrief: str = ""
    trainer: str = ""
    any_order: bool = False

    def step(self, step_id: str) -> Step:
        """The step of that id. Raises `KeyError`."""
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    @property
    def example_parameters(self) -> dict[str, Any]:
        """One set of parameters, always the same, for pages and for validation."""
        chosen = {parameter.name: parameter.example for parameter in self.parameters}
        return {**chosen, **self.facts()}

    def facts(self, engine: str = BUILTIN) -> dict[str, str]:
        """`FACTS`, where there are several engines that can serve the lab's apps: which one does,
        and the namespace and the kind of its apps, for kubectl."""
        if self.served_by == (BUILTIN,):
            return {}
        return dict(zip(FACTS, (engine, *_APPS[engine]), strict=True))

    def unserved(self, engine: str) -> str:
        """What to say where an engine is asked for that the lab was not written for; "" else."""
        if engine in (*self.served_by, *self.engines):
            return ""
        others = " or ".join(self.served_by)
        return (
            f"The lab {self.name} is not written for --engine {engine}: its text may say what is "
            f"not so there, and a check may stay red. It is for {others}."
        )
