"""The one reader of YAML: what it reads is what `kubectl` reads.

PyYAML speaks YAML 1.1. Kubernetes' own reader (sigs.k8s.io/yaml) takes from 1.1 the words yes,
no, on and off as booleans, but knows no timestamps and no base-60 numbers; so neither do we.
Duplicate keys are an error, aliases can't blow a small text up into a large value, and a text
over `MAX_BYTES` is refused with its size.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml

from gitops_lab.errors import GitOpsLabError, Place

MAX_BYTES = 10 * 1024 * 1024
MAX_EXPANDED = 100_000
MAX_DEPTH = 200
_MERGE = "tag:yaml.org,2002:merge"
_STRING = "tag:yaml.org,2002:str"

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_Dumper: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class YamlError(GitOpsLabError):
    """A text is not YAML, or more of it than we read. `place` has the file and line."""

    default_reason = "InvalidYaml"


@dataclass(frozen=True)
class Document:
    """One document of a file; `line` is 1-based, where its content starts."""

    obj: Any
    line: int
    file: str = ""


class _KubernetesLoader(_Loader):  # type: ignore[misc]
    """Kubernetes' reading of scalars: every value is one that JSON can say."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[str, Any]:
        """Keys become text, as `1: x` becomes `"1": x`."""
        mapping: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        return {_key(key, node): value for key, value in mapping.items()}

    def construct_yaml_int(self, node: Any) -> int | float:
        """An integer; a float where 64 bits are too few."""
        number: int = super().construct_yaml_int(node)
        return number if -(2**63) <= number < 2**64 else float(number)

    def construct_yaml_float(self, node: Any) -> float:
        """A number; JSON has neither NaN nor infinity."""
        number: float = super().construct_yaml_float(node)
        if not math.isfinite(number):
            raise _refused(f"{node.value} is not a number in JSON", node)
        return number

    def construct_yaml_binary(self, node: Any) -> str:
        """The bytes as text."""
        content: bytes = super().construct_yaml_binary(node)
        return content.decode(errors="replace")


def _key(key: object, node: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, bool):
        return str(key).lower()
    if isinstance(key, int | float):
        return str(key)
    raise _refused(f"a key must be text, not {key!r}", node)


def _refused(problem: str, node: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, node.start_mark)


for _tag in ("int", "float", "binary"):
    _KubernetesLoader.add_constructor(
        f"tag:yaml.org,2002:{_tag}", getattr(_KubernetesLoader, f"construct_yaml_{_tag}")
    )

_INTEGER = "tag:yaml.org,2002:int"
_NOT_READ = {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:value"}
_KubernetesLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag not in _NOT_READ]
    for first, resolvers in _Loader.yaml_implicit_resolvers.items()
}


def _without_base_60() -> None:
    integer = re.compile(
        r"^(?:[-+]?0b[01_]+|[-+]?0o?[0-7_]+|[-+]?(?:0|[1-9][0-9_]*)|[-+]?0x[0-9a-fA-F_]+)$"
    )
    real = re.compile(
        r"^(?:[-+]?[0-9][0-9_]*\.[0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?[0-9][0-9_]*[eE][-+]?[0-9]+"
        r"|\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
    )
    replaced = {_INTEGER: integer, "tag:yaml.org,2002:float": real}
    for resolvers in _KubernetesLoader.yaml_implicit_resolvers.values():
        resolvers[:] = [(tag, replaced.get(tag, pattern)) for tag, pattern in resolvers]


_without_base_60()


def load_all(text: str | bytes, *, file: str = "") -> list[Document]:
    """Every document of a text that is not empty, in order. Raises YamlError."""
    size = len(text)
    if size > MAX_BYTES:
        raise YamlError(
            f"the text has {size:,} bytes; at most {MAX_BYTES:,} are read.",
            reason="TooLarge",
            place=Place(file=file),
            hint="Split the file, or keep data like this out of the repository.",
        )
    loader = None
    try:
        loader = _KubernetesLoader(text)
        return list(_documents(loader, file, may_alias=_may_alias(text)))
    except yaml.MarkedYAMLError as error:
        raise _problem(error, file, text) from error
    except yaml.YAMLError as error:  # a character that YAML does not allow
        line = _line_of_reader_error(error, text)
        raise YamlError(
            f"not YAML: {_first_line(error)}.", place=Place(file=file, line=line)
        ) from error
    except RecursionError as error:
        raise YamlError("nested too deeply.", place=Place(file=file)) from error
    finally:
        if loader is not None:
            loader.dispose()


def load(text: str | bytes, *, file: str = "") -> Any:
    """The only document of a text; None when it is empty. Raises YamlError."""
    documents = load_all(text, file=file)
    if len(documents) > 1:
        raise YamlError(
            f"has {len(documents)} documents, one is wanted.",
            place=Place(file=file, line=documents[1].line),
        )
    return documents[0].obj if documents else None


_READ_OTHERWISE = re.compile(r"[yYnN]|[-+]?\d+(\.\d*)?[eE][-+]?\d+|0o[0-7]+")
"""Texts that Go's YAML reader takes for something else where ours writes them without quotes."""


_KubernetesDumper: Any = type("_KubernetesDumper", (_Dumper,), {})
"""Quotes what Kubernetes would not read as a text."""


def _text(dumper: Any, text: str) -> Any:
    style = "'" if _READ_OTHERWISE.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_KubernetesDumper.add_representer(str, _text)


def dump(obj: Any) -> str:
    """Block-style YAML, keys in their own order, one document."""
    text: str = yaml.dump(
        obj,
        Dumper=_KubernetesDumper,
        sort_keys=False,
        default_flow_style=False,
        allow_unicode=True,
        width=4096,
    )
    return text


def dump_all(objs: list[Any]) -> str:
    """Several documents, `---` between them."""
    return "---\n".join(dump(obj) for obj in objs)


def _may_alias(text: str | bytes) -> bool:
    """Whether a text can hold an anchor and an alias; most hold neither character."""
    return b"&" in text and b"*" in text if isinstance(text, bytes) else "&" in text and "*" in text


def _documents(loader: Any, file: str, *, may_alias: bool) -> Iterator[Document]:
    while loader.check_node():
        node = loader.get_node()
        if node is None:
            continue
        if may_alias:
            _refuse_bomb(node, file)
        _refuse_duplicates(node, file)
        try:
            obj = loader.construct_document(node)
        except (ValueError, OverflowError) as error:
            line = node.start_mark.line + 1
            raise YamlError(f"not YAML: {error}.", place=Place(file=file, line=line)) from error
        if obj is not None:
            yield Document(obj, node.start_mark.line + 1, file)


def _refuse_bomb(root: Any, file: str) -> None:
    """Aliases are expanded when the value is written as JSON, so count what they stand for.

    Without aliases the count is the number of nodes, and a text of any number of them passes.
    """
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: Any, depth: int) -> int:
        known = sizes.get(id(node))
        if known is not None:
            return known
        if id(node) in open_nodes or depth > MAX_DEPTH:
            raise _too_deep(node, file)
        open_nodes.add(id(node))
        total = 1 + sum(size(child, depth + 1) for child in _children(node))
        open_nodes.discard(id(node))
        if total > MAX_EXPANDED + 2 * len(sizes):
            raise YamlError(
                f"its aliases expand to more than {MAX_EXPANDED:,} values.",
                reason="TooLarge",
                place=Place(file=file, line=node.start_mark.line + 1),
                hint="Write the values out, or split the file.",
            )
        sizes[id(node)] = total
        return total

    size(root, 0)


def _too_deep(node: Any, file: str) -> YamlError:
    return YamlError(
        "contains itself or is nested too deeply.",
        reason="TooLarge",
        place=Place(file=file, line=node.start_mark.line + 1),
    )


def _children(node: Any) -> Iterator[Any]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield key
            yield value
    elif isinstance(node, yaml.SequenceNode):
        yield from node.value


def _refuse_duplicates(root: Any, file: str) -> None:
    """Keys that stand twice, and more levels than we read; scalars are not looked at."""
    level, seen, depth = [root], {id(root)}, 0
    while level:
        below = []
        for node in level:
            if isinstance(node, yaml.MappingNode):
                _refuse_duplicate_keys(node, file)
            inner = [child for child in _children(node) if not isinstance(child, yaml.ScalarNode)]
            below += [child for child in inner if id(child) not in seen]
            seen.update(map(id, inner))
        level, depth = below, depth + 1
        if level and depth > MAX_DEPTH:
            raise _too_deep(level[0], file)


def _refuse_duplicate_keys(node: Any, file: str) -> None:
    seen: dict[str, int] = {}
    for key, _ in node.value:
        if not isinstance(key, yaml.ScalarNode) or key.tag == _MERGE:
            continue
        line = key.start_mark.line + 1
        if key.value in seen:
            raise YamlError(
                f"the key {key.value!r} stands twice, first in line {seen[key.value]}.",
                reason="DuplicateKey",
                place=Place(file=file, line=line),
                hint="Keep one of the two.",
            )
        seen[key.value] = line


def _problem(error: yaml.MarkedYAMLError, file: str, text: str | bytes) -> YamlError:
    """The parser stops far behind a bracket that is never closed; the bracket's line helps more."""
    mark = error.problem_mark or error.context_mark
    at_the_end = mark is not None and not text[mark.index :].strip()
    if error.context_mark and (at_the_end or "flow" in (error.context or "")):
        mark = error.context_mark
    line = mark.line + 1 if mark else 0
    context = f"{error.context}: " if error.context else ""
    return YamlError(f"not YAML: {context}{error.problem}.", place=Place(file=file, line=line))


def _line_of_reader_error(error: yaml.YAMLError, text: str | bytes) -> int:
    position = getattr(error, "position", None)
    if not isinstance(position, int):
        return 0
    newline: Any = b"\n" if isinstance(text, bytes) else "\n"
    return int(text[:position].count(newline)) + 1


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0] if str(error) else type(error).__name__
