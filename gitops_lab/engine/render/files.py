"""Reading one file of a source as YAML or JSON, with errors that name it."""

import json
from pathlib import Path
from typing import Any

from gitops_lab.engine.errors import RenderError
from gitops_lab.errors import Place
from gitops_lab.kube.yamls import Document, YamlError, load_all

SUFFIXES = (".yaml", ".yml", ".json")


def read_documents(path: Path, name: str) -> list[Document]:
    """All documents of a file; `name` is its path in the repository. Raises RenderError."""
    text = _text(path, name)
    try:
        return _json(text, name) if path.suffix == ".json" else load_all(text, file=name)
    except YamlError as error:
        raise RenderError(
            error.message,
            reason=error.reason,
            place=error.place,
            hint=error.hint or "Correct the file, commit and push.",
        ) from error


def _text(path: Path, name: str) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError as error:
        raise RenderError(
            f"not UTF-8 text (byte {error.start}).", reason="InvalidYaml", place=Place(file=name)
        ) from error


def _json(text: str, name: str) -> list[Document]:
    """JSON may be indented by tabs, which YAML may not."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        if twice := next((key for key in keys if keys.count(key) > 1), None):
            raise YamlError(
                f"the key {twice!r} stands twice.", reason="DuplicateKey", place=Place(file=name)
            )
        return dict(pairs)

    if not text.strip():
        return []
    try:
        return [Document(json.loads(text, object_pairs_hook=unique), 1, name)]
    except json.JSONDecodeError as error:
        raise YamlError(f"not JSON: {error.msg}.", place=Place(name, error.lineno)) from error
    except RecursionError as error:
        raise YamlError("nested too deeply.", reason="TooLarge", place=Place(name)) from error
