"""The file format of lab.yaml (`apiVersion: gitops-lab.dev/v1`, `kind: Lab`), as shapes."""

from gitops_lab.lab.shapes import (
    Anything,
    ListOf,
    MapOf,
    Number,
    OneOf,
    Record,
    Switch,
    Text,
)

API_VERSION = "gitops-lab.dev/v1"
KIND = "Lab"
LEVELS = ("beginner", "intermediate", "advanced")
ENGINES = ("argocd", "flux")
SERVERS = ("builtin", *ENGINES)
FEATURES = ("audit-log", "several-clusters", "whole-cluster")
LINKS = ("commit", "revision", "render", "diff", "apply", "health")

_name = Text(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "lower-case letters, digits and dashes")
_identifier = Text(r"[a-z][a-z0-9_]*", "lower-case letters, digits and underscores")

_edit = Record({"file": Text(), "find": Text(), "put": Text(empty=True)}, ("file", "find", "put"))

_commit = Record(
    {
        "repo": _name,
        "message": Text(),
        "files": Text(),
        "edits": ListOf(_edit, least=1),
        "delete": ListOf(Text(), least=1),
        "branch": Text(),
        "push": Switch(),
        "say": Text(),
    },
    ("repo", "message"),
)

_run = Record(
    {"command": ListOf(Text(), least=1), "repo": _name, "say": Text()},
    ("command",),
)

_revert = Record({"repo": _name, "branch": Text(), "say": Text()}, ("repo",))

_actions = ListOf(OneOf({"commit": _commit, "revert": _revert, "run": _run}), least=1)

_hint = Record(
    {
        "id": _name,
        "say": Text(),
        "when": Record({"check": Text(), "link": Text(words=LINKS), "seen": Text()}),
    },
    ("say",),
)

_also_right = Record({"name": Text(), "do": _actions}, ("name", "do"))
_wrong = Record({"name": Text(), "do": _actions, "hint": _name}, ("name", "do", "hint"))

_step = Record(
    {
        "id": _name,
        "checks": ListOf(Text(), least=1),
        "hints": ListOf(_hint, least=1),
        "solution": _actions,
        "alsoRight": ListOf(_also_right),
        "wrong": ListOf(_wrong),
        "reset": _actions,
        "demo": Record({"before": Text(), "after": Text(), "watch": Text()}),
    },
    ("id", "checks", "hints", "solution"),
)

_app = Record({"name": _name, "namespace": _name, "spec": MapOf(Anything())}, ("name", "spec"))
_objects = Record({"file": Text(), "cluster": _name, "manager": Text()}, ("file",))
_repository = Record({"name": _name, "seed": Text(), "message": Text()}, ("name",))

_program = Text(r"[a-z][a-z0-9+._-]*", "the name of a program")
_needs = Record(
    {
        "labs": ListOf(_name, least=1),
        "tools": ListOf(_program, least=1),
        "features": ListOf(Text(words=FEATURES), least=1),
    }
)

_choice = Record({"say": Text(), "why": Text(), "right": Switch()}, ("say", "why"))
_question = Record({"ask": Text(), "choices": ListOf(_choice, least=2)}, ("ask", "choices"))

QUIZ = ListOf(_question)

LAB = Record(
    {
        "apiVersion": Text(words=(API_VERSION,)),
        "kind": Text(words=(KIND,)),
        "title": Text(),
        "summary": Text(),
        "level": Text(words=LEVELS),
        "minutes": Number(1, 480),
        "misconception": Text(),
        "needs": _needs,
        "clusters": ListOf(_name, least=1),
        "engines": ListOf(Text(words=ENGINES), least=1),
        "servedBy": ListOf(Text(words=SERVERS), least=1),
        "parameters": MapOf(ListOf(Anything(), least=1)),
        "repositories": ListOf(_repository),
        "apps": ListOf(_app),
        "objects": ListOf(_objects),
        "steps": ListOf(_step, least=1),
        "anyOrder": Switch(),
        "quiz": QUIZ,
        "debrief": Text(),
        "trainer": Text(),
    },
    ("apiVersion", "kind", "title", "summary", "level", "minutes", "misconception", "steps"),
)

PARAMETER_NAME = _identifier
