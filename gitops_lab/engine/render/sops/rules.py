"""`.sops.yaml`: for whom a file is encrypted, and which of its fields; as sops reads it."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gitops_lab.engine.render.sops.errors import SopsError
from gitops_lab.kube.yamls import YamlError, load

NAME = ".sops.yaml"


@dataclass(frozen=True)
class Rule:
    """The first creation rule that fits a file."""

    recipients: tuple[str, ...]
    fields: str = ""


def rule_for(file: Path) -> Rule | None:
    """The rule of the nearest .sops.yaml, None where there is none. Raises SopsError."""
    path = file.resolve()
    found = next((above / NAME for above in path.parents if (above / NAME).is_file()), None)
    if found is None:
        return None
    try:
        content = load(found.read_text("utf-8"), file=str(found))
    except YamlError as error:
        raise SopsError(f"{found} can't be read: {error.message}", "InvalidSops") from error
    relative = path.relative_to(found.parent).as_posix()
    rules = content.get("creation_rules") if isinstance(content, dict) else None
    for rule in rules if isinstance(rules, list) else []:
        if isinstance(rule, dict) and re.search(str(rule.get("path_regex") or ""), relative):
            return Rule(_recipients(rule.get("age")), str(rule.get("encrypted_regex") or ""))
    return None


def _recipients(age: Any) -> tuple[str, ...]:
    words = age if isinstance(age, list) else str(age or "").split(",")
    return tuple(str(word).strip() for word in words if str(word).strip())
