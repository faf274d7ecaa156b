"""From a request's body to an object: JSON, YAML or protobuf, read strictly when asked to."""

import json
from collections.abc import Iterator
from typing import Any

import orjson

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.types.registry import Resource
from gitops_lab.apiserver.types.scalars import word_for
from gitops_lab.apiserver.types.schema import Schema
from gitops_lab.errors import GitOpsLabError
from gitops_lab.kube.objects import Object, join_api_version

JSON = "application/json"
YAML = ("application/yaml", "application/x-yaml", "text/yaml")
PROTOBUF = "application/vnd.kubernetes.protobuf"
ACCEPTED = "application/json, application/yaml, application/vnd.kubernetes.protobuf"
MAX_DEPTH = 200
_SHOWN_BYTES = 30


class _Repeated(dict[str, Any]):
    """An object that had the same key more than once; `repeated` names them."""

    repeated: tuple[str, ...] = ()


def read_object(call: Call, kind: str = "", api_version: str = "") -> Object:
    """The body as an object of the resource's kind, or of another one for a subresource.

    Unknown and repeated fields end in a StatusError 400 or in warnings, as fieldValidation says.
    """
    resource = call.resource
    wanted = (api_version or resource.api_version, kind or resource.kind)
    obj = read_body(call, wanted)
    if not isinstance(obj, dict):
        raise _unrecognized(call.body, wanted[1], "json: cannot unmarshal into an object")
    _check_kind(call, obj, wanted)
    own = wanted == (resource.api_version, resource.kind)
    if own:
        check_fields(call, obj, resource.schema)
    return plain_object(obj, nulls=own)


def read_body(call: Call, wanted: tuple[str, str]) -> Any:
    """The body's value, whatever its format. Raises StatusError 400 or 415."""
    media = call.media_type
    try:
        if media == PROTOBUF:
            from gitops_lab.apiserver import protobuf

            return protobuf.decode(call.body)
        if media in YAML:
            return from_yaml(call.body)
        if media != JSON:
            raise status.unsupported_media_type(ACCEPTED)
        return from_json(call.body, strict=wants_field_checks(call))
    except ValueError as error:
        raise _unrecognized(call.body, wanted[1], str(error)) from None


def from_json(text: bytes, *, strict: bool) -> Any:
    """The value of a JSON text; with `strict`, objects with repeated keys can be told apart.

    Raises ValueError.
    """
    if not text.strip():
        raise ValueError("unexpected end of JSON input")
    try:
        if not strict:
            return orjson.loads(text)
        return json.loads(text, object_pairs_hook=_object)
    except RecursionError:
        raise ValueError("exceeded max depth") from None
    except json.JSONDecodeError as error:
        raise ValueError(_go_words(error)) from None


def _go_words(error: json.JSONDecodeError) -> str:
    """A syntax error as Go's encoding/json words it, as far as the two agree on what it is."""
    if error.pos >= len(error.doc.rstrip()) or error.msg.startswith("Unterminated"):
        return "unexpected end of JSON input"
    found = error.doc[error.pos]
    if error.msg.startswith("Extra data"):
        return f"invalid character '{found}' after top-level value"
    if error.msg.startswith("Expecting property name"):
        return f"invalid character '{found}' looking for beginning of object key string"
    return f"invalid character '{found}' looking for beginning of value"


def from_yaml(text: bytes) -> Any:
    """The one document of a YAML text. Raises ValueError."""
    from gitops_lab.kube import yamls

    try:
        documents = yamls.load_all(text.decode("utf-8"))
    except yamls.YamlError as error:
        raise ValueError(f"error converting YAML to JSON: {_yaml_words(error)}") from None
    if len(documents) != 1:
        raise ValueError(f"expected one YAML document, found {len(documents)}")
    return documents[0].obj


def _yaml_words(error: GitOpsLabError) -> str:
    """What is wrong with a YAML text; of a repeated key as the genuine server says it."""
    if error.reason != "DuplicateKey":
        return error.message
    key = error.message.split("'")[1]
    return f'yaml: unmarshal errors:\n  line {error.place.line}: key "{key}" already set in map'


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    keys = [key for key, _ in pairs]
    marked = _Repeated(found)
    marked.repeated = tuple(key for key in found if keys.count(key) > 1)
    return marked


def _check_kind(call: Call, obj: Object, wanted: tuple[str, str]) -> None:
    api_version, kind = wanted
    for name in ("apiVersion", "kind"):
        if not isinstance(obj.get(name), str | None):
            why = f"cannot unmarshal {word_for(obj[name])} into Go struct field .{name}"
            raise _unrecognized(call.body, kind, f"json: {why} of type string")
    if call.resource.custom:
        _check_custom_kind(call, obj, kind)
    given_version = obj.get("apiVersion") or api_version
    given_kind = obj.get("kind") or kind
    if (given_version, given_kind) != wanted:
        version = given_version.rpartition("/")[2]
        raise status.bad_request(
            f"{given_kind} in version {json.dumps(version)} cannot be handled as a {kind}: "
            f"{_mismatch((given_version, given_kind), wanted)}"
        )
    obj["apiVersion"], obj["kind"] = wanted
    metadata = obj.get("metadata")
    if metadata is None:
        obj["metadata"] = {}
    elif not isinstance(metadata, dict):
        raise _unreadable(wanted, "cannot unmarshal metadata into Go struct field .metadata")


def _check_custom_kind(call: Call, obj: Object, kind: str) -> None:
    """Custom objects have to say what they are. Raises StatusError 400 or 422."""
    if not obj.get("kind"):
        text = call.body.decode("utf-8", "replace")
        raise status.bad_request(
            f"the object provided is unrecognized (must be of type {kind}): "
            f"Object 'Kind' is missing in '{text}' ({_beginning(call.body)})"
        )
    group, _, _ = str(obj.get("apiVersion") or "").rpartition("/")
    if group == call.resource.group and obj["kind"] != kind and not call.target.subresource:
        cause = {
            "reason": "FieldValueInvalid",
            "message": f"Invalid value: {json.dumps(obj['kind'])}: must be {kind}",
            "field": "kind",
        }
        name = str((obj.get("metadata") or {}).get("name") or "")
        raise status.invalid(group, obj["kind"], name, [cause])


def _mismatch(given: tuple[str, str], wanted: tuple[str, str]) -> str:
    version, kind = given
    if version != wanted[0]:
        scheme = "pkg/runtime/scheme.go:111"  # where the genuine server keeps its kinds
        return f'no kind "{kind}" is registered for version "{version}" in scheme "{scheme}"'
    group, _, short = version.rpartition("/")
    internal = group.partition(".")[0] or "core"
    return f"converting ({short}.{kind}) to ({internal}.{wanted[1]}): unknown conversion"


def _unrecognized(body: bytes, kind: str, why: str) -> status.StatusError:
    """400 for a body of which not even the kind can be told."""
    return status.bad_request(
        f"the object provided is unrecognized (must be of type {kind}): "
        f"couldn't get version/kind; json parse error: {why} ({_beginning(body)})"
    )


def _beginning(body: bytes) -> str:
    """The first bytes of a body, as messages quote it: JSON as text, anything else as numbers."""
    if not body:
        return "<empty>"
    head = body[:_SHOWN_BYTES]
    is_json, cut = body[:1] == b"{", len(body) > _SHOWN_BYTES
    if not is_json:
        return head.hex() + (" ..." if cut else "")
    text = head.decode("utf-8", "replace")
    return text + (" ..." if cut else "")


def wants_field_checks(call: Call) -> bool:
    """Whether unknown and repeated fields matter to this request."""
    return call.query.get("fieldValidation") != "Ignore"


def check_fields(call: Call, obj: Object, schema: Schema) -> None:
    """Refuse (Strict) or warn about (Warn, the default) unknown and repeated fields."""
    mode = call.query.get("fieldValidation") or "Warn"
    if mode == "Ignore":
        return
    from gitops_lab.apiserver.validation import unknown_fields

    unknown = unknown_fields(obj, schema)
    problems = [*_repeated(obj), *(sorted(unknown) if call.resource.custom else unknown)]
    if problems and not call.resource.custom:
        problems.sort(key=_places(obj).__getitem__)
    _tell(call, problems)


def check_repeated(call: Call, obj: Object) -> None:
    """As `check_fields`, about repeated fields alone."""
    if wants_field_checks(call):
        _tell(call, list(_repeated(obj)))


def _tell(call: Call, problems: list[str]) -> None:
    mode = call.query.get("fieldValidation") or "Warn"
    if mode == "Strict" and problems:
        raise _strict(call.resource, problems)
    call.warnings.extend(problems)


def _strict(resource: Resource, problems: list[str]) -> status.StatusError:
    text = ", ".join(problems)
    return status.bad_request(
        f'{resource.kind} in version "{resource.version}" cannot be handled as a '
        f"{resource.kind}: strict decoding error: {text}"
    )


def _places(obj: Object) -> dict[str, int]:
    """Where in the document each problem would be told of: Go's decoder tells them in order."""
    paths = list(_paths(obj, ""))
    kinds = ("duplicate", "unknown")
    return {f'{kind} field "{path}"': n for n, path in enumerate(paths) for kind in kinds}


def _paths(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, child in value.items():
            here = f"{path}.{key}" if path else key
            yield here
            yield from _paths(child, here)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            yield from _paths(child, f"{path}[{index}]")


def _repeated(value: Any, path: str = "") -> Iterator[str]:
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        if isinstance(value, _Repeated):
            for key in value.repeated:
                yield f'duplicate field "{prefix}{key}"'
        for key, child in value.items():
            if isinstance(child, dict | list):
                yield from _repeated(child, prefix + key)
    elif isinstance(value, list):
        for index, child in enumerate(value):
            if isinstance(child, dict | list):
                yield from _repeated(child, f"{path}[{index}]")


def plain_object(obj: Object, *, nulls: bool = False) -> Object:
    """An object without nulls; see `plain`."""
    kept: Object = plain(obj, nulls=nulls)
    return kept


def plain(value: Any, depth: int = 0, *, nulls: bool = False) -> Any:
    """The same value with null members of objects left out, as Go's decoding leaves them.

    With `nulls` they stay: what is read into the resource's own form next gets there what a null
    means at its place (in a map of texts an empty one), and a custom object's schema may allow
    them. Raises StatusError 400 for a value that is nested too deeply.
    """
    if depth > MAX_DEPTH:
        raise status.bad_request("exceeded max depth")
    if isinstance(value, dict):
        return {
            k: plain(v, depth + 1, nulls=nulls) for k, v in value.items() if v is not None or nulls
        }
    if isinstance(value, list):
        return [plain(item, depth + 1, nulls=nulls) for item in value]
    return value


def _unreadable(wanted: tuple[str, str], why: str) -> status.StatusError:
    api_version, kind = wanted
    version = api_version.rpartition("/")[2]
    return status.bad_request(f'{kind} in version "{version}" cannot be handled as a {kind}: {why}')


def options(call: Call, kind: str) -> Object:
    """The options object that may come as a DELETE's body; {} for an empty body."""
    if not call.body:
        return {}
    found = read_body(call, (join_api_version("", "v1"), kind))
    if not isinstance(found, dict):
        raise _unreadable(("v1", kind), "the body is not an object")
    return found
