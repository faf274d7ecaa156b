"""Whether a CustomResourceDefinition is valid: names, versions, schemas, columns, subresources.

Field paths and messages are those of apiextensions-apiserver, whose internal form holds a schema
that all versions share once, as spec.validation: that is where it reports their problems.
"""

import re
from typing import Any

from gitops_lab.apiserver.crds.defaults import check_defaults
from gitops_lab.apiserver.crds.lists import check_topology
from gitops_lab.apiserver.crds.names import ESTABLISHED, condition_is
from gitops_lab.apiserver.crds.structure import check_structure
from gitops_lab.apiserver.rules.definition import check_rules
from gitops_lab.apiserver.tables.jsonpath import parse
from gitops_lab.apiserver.validation.errors import (
    FieldError,
    duplicate,
    forbidden,
    invalid,
    not_supported,
    required,
    too_many,
)

Object = dict[str, Any]
Problems = list[FieldError]

LABEL = re.compile(r"[a-z]([-a-z0-9]*[a-z0-9])?")
LABEL_TEXT = (
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
)
SUBDOMAIN = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
SUBDOMAIN_TEXT = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
    "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
)
COLUMN_TYPES = ["boolean", "date", "integer", "number", "string"]
COLUMN_FORMATS = ["binary", "byte", "date", "date-time", "double", "float", "int32", "int64",
                  "password"]  # fmt: skip
MOST_SELECTABLE = 8
IMMUTABLE = "field is immutable"


def check_definition(new: Object, old: Object | None) -> Problems:
    """Everything wrong with a definition, or with the change from `old`."""
    spec, names = new["spec"], new["spec"].get("names") or {}
    problems: Problems = []
    if (
        old is None
        and new["metadata"].get("name", "") != f"{names.get('plural')}.{spec.get('group')}"
    ):
        text = 'must be spec.names.plural+"."+spec.group'
        problems.append(invalid("metadata.name", new["metadata"].get("name", ""), text))
    problems += _group(spec) + _scope(spec) + _versions(spec) + check_names(names, "spec.names")
    problems += [
        required(f"spec.names.{key}")
        for key in ("plural", "singular", "kind", "listKind")
        if not names.get(key)
    ]
    problems += _conversion(spec.get("conversion") or {}, "spec.conversion")
    if spec.get("preserveUnknownFields"):
        text = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in "
        text += "spec.versions[*].schema instead"
        problems.append(invalid("spec.preserveUnknownFields", True, text))
    if old is not None:
        problems += _changes(new, old)
    return problems + _stored(new)


def _group(spec: Object) -> Problems:
    group = spec.get("group") or ""
    if not group:
        return [required("spec.group")]
    if not SUBDOMAIN.fullmatch(group):
        return [invalid("spec.group", group, SUBDOMAIN_TEXT)]
    if "." not in group:
        return [invalid("spec.group", group, "should be a domain with at least one dot")]
    return []


def _scope(spec: Object) -> Problems:
    scope = spec.get("scope") or ""
    if not scope:
        return [required("spec.scope")]
    accepted = ["Cluster", "Namespaced"]
    return [] if scope in accepted else [not_supported("spec.scope", scope, accepted)]


def _label(value: str, path: str, prefix: str = "") -> Problems:
    if len(value) > 63:
        return [invalid(path, value, prefix + "must be no more than 63 characters")]
    return [] if LABEL.fullmatch(value) else [invalid(path, value, prefix + LABEL_TEXT)]


def check_names(names: Object, path: str) -> Problems:
    """Forms of the names that are there."""
    problems: Problems = []
    for key in ("plural", "singular"):
        if names.get(key):
            problems += _label(names[key], f"{path}.{key}")
    mixed = "may have mixed case, but should otherwise match: "
    for key in ("kind", "listKind"):
        if names.get(key) and _label(names[key].lower(), "", ""):
            problems.append(invalid(f"{path}.{key}", names[key], mixed + LABEL_TEXT))
    problems += _labels(names, "shortNames", path)
    if names.get("kind") and names.get("kind") == names.get("listKind"):
        text = "kind and listKind may not be the same"
        problems.append(invalid(f"{path}.listKind", names["listKind"], text))
    return problems + _labels(names, "categories", path)


def _labels(names: Object, key: str, path: str) -> Problems:
    return [
        problem
        for index, each in enumerate(names.get(key) or [])
        for problem in _label(each, f"{path}.{key}[{index}]")
    ]


def _versions(spec: Object) -> Problems:
    versions = spec.get("versions") or []
    problems: Problems = []
    for index, each in enumerate(versions):
        path = f"spec.versions[{index}]"
        problems += _label(each.get("name") or "", f"{path}.name")
        if not (each.get("schema") or {}).get("openAPIV3Schema"):
            problems.append(required(f"{path}.schema.openAPIV3Schema"))
        if each.get("deprecationWarning") is not None and not each.get("deprecated"):
            text = "can only be set for deprecated versions"
            place = f"{path}.deprecationWarning"
            problems.append(invalid(place, each["deprecationWarning"], text))
    problems += _parts(versions)
    if versions:
        problems += _label(versions[0].get("name") or "", "spec.version")
    names = [each.get("name") for each in versions]
    if len(set(names)) < len(names):
        problems.append(
            invalid("spec.versions", versions or None, "must contain unique version names")
        )
    if sum(bool(each.get("storage")) for each in versions) != 1:
        text = "must have exactly one version marked as storage version"
        problems.append(invalid("spec.versions", versions or None, text))
    return problems


def _parts(versions: list[Object]) -> Problems:
    """Schemas, subresources, columns and selectable fields, each where it is reported."""
    problems: Problems = []
    shared = {key: _same(versions, key) for key in ("schema", "subresources",
              "additionalPrinterColumns", "selectableFields")}  # fmt: skip
    for index, each in enumerate(versions):
        own = f"spec.versions[{index}]"
        if not (shared["schema"] and index):
            path = "spec.validation" if shared["schema"] else f"{own}.schema"
            problems += _schema(each, path)
        if not (shared["subresources"] and index):
            path = "spec" if shared["subresources"] else own
            problems += _scale(each, f"{path}.subresources")
        if not (shared["additionalPrinterColumns"] and index):
            path = "spec" if shared["additionalPrinterColumns"] else own
            problems += _columns(each, f"{path}.additionalPrinterColumns")
        if not (shared["selectableFields"] and index):
            path = "spec" if shared["selectableFields"] else own
            problems += _selectable(each, f"{path}.selectableFields")
    return problems


def _same(versions: list[Object], key: str) -> bool:
    return all(each.get(key) == versions[0].get(key) for each in versions)


def _schema(version: Object, path: str) -> Problems:
    schema = (version.get("schema") or {}).get("openAPIV3Schema")
    if not isinstance(schema, dict):
        return []
    path = f"{path}.openAPIV3Schema"
    problems = check_structure(schema, path)
    problems = (problems or check_defaults(schema, path)) + check_topology(schema, path)
    # Rules are looked at once the schema is right, as their fields have types only then.
    return problems or check_rules(schema, path)


def _scale(version: Object, path: str) -> Problems:
    scale = (version.get("subresources") or {}).get("scale")
    if scale is None:
        return []
    problems: Problems = []
    for key, roots in (("specReplicasPath", [".spec"]), ("statusReplicasPath", [".status"])):
        value = scale.get(key) or ""
        place = f"{path}.scale.{key}"
        problems += _below(value, place, roots) if value else [required(place)]
    if scale.get("labelSelectorPath"):
        place = f"{path}.scale.labelSelectorPath"
        problems += _below(scale["labelSelectorPath"], place, [".spec", ".status"])
    return problems


def _below(value: str, path: str, roots: list[str]) -> Problems:
    problems = _simple(value, path)
    if problems or value.startswith(tuple(f"{root}." for root in roots)):
        return problems
    where = roots[0] if len(roots) == 1 else f"either {' or '.join(roots)}"
    return [invalid(path, value, f"should be a json path under {where}")]


def _simple(value: str, path: str) -> Problems:
    if not value.startswith("."):
        return [invalid(path, value, "must be a simple json path starting with .")]
    try:
        parse(value)
    except ValueError as error:
        return [invalid(path, value, str(error))]
    return []


def _columns(version: Object, path: str) -> Problems:
    problems: Problems = []
    for index, each in enumerate(version.get("additionalPrinterColumns") or []):
        place = f"{path}[{index}]"
        one_of = f"must be one of {','.join(COLUMN_TYPES)}"
        if not each.get("name"):
            problems.append(required(f"{place}.name"))
        if not each.get("type"):
            problems.append(required(f"{place}.type", one_of))
        elif each["type"] not in COLUMN_TYPES:
            problems.append(invalid(f"{place}.type", each["type"], one_of))
        if each.get("format") and each["format"] not in COLUMN_FORMATS:
            text = f"must be one of {','.join(COLUMN_FORMATS)}"
            problems.append(invalid(f"{place}.format", each["format"], text))
        if not each.get("jsonPath"):
            problems.append(required(f"{place}.JSONPath"))
        else:
            problems += _simple(each["jsonPath"], f"{place}.JSONPath")
    return problems


def _selectable(version: Object, path: str) -> Problems:
    schema = (version.get("schema") or {}).get("openAPIV3Schema") or {}
    problems: Problems = []
    seen: set[str] = set()
    for index, each in enumerate(version.get("selectableFields") or []):
        value, place = each.get("jsonPath") or "", f"{path}[{index}].jsonPath"
        if not value:
            problems.append(required(place))
            continue
        problems += _selectable_path(value, place, schema)
        if value in seen:
            problems.append(duplicate(place, value))
        seen.add(value)
    if len(seen) > MOST_SELECTABLE:
        problems.append(too_many(path, len(seen), MOST_SELECTABLE))
    return problems


def _selectable_path(value: str, path: str, schema: Object) -> Problems:
    steps = value.removeprefix(".").split(".")
    node: Any = schema
    for step in steps:
        node = (node.get("properties") or {}).get(step) if isinstance(node, dict) else None
    if not value.startswith(".") or node is None:
        return [invalid(path, value, "is an invalid path: does not refer to a valid field")]
    if steps[0] == "metadata":
        return [invalid(path, value, "must not point to fields in metadata")]
    if node.get("type") not in ("string", "boolean", "integer"):
        text = "must point to a field of type string, boolean or integer. Enum string fields and "
        return [invalid(path, value, text + "strings with formats are allowed.")]
    return []


def _conversion(conversion: Object, path: str) -> Problems:
    strategy = conversion.get("strategy", "None")
    if strategy == "Webhook":
        text = "the embedded cluster has no conversion webhooks; use None"
        return [forbidden(f"{path}.strategy", text)]
    if strategy != "None":
        return [not_supported(f"{path}.strategy", strategy, ["None", "Webhook"])]
    if conversion.get("webhook"):
        text = "should not be set when strategy is not set to Webhook"
        return [forbidden(f"{path}.webhookClientConfig", text)]
    return []


def _changes(new: Object, old: Object) -> Problems:
    spec, before = new["spec"], old["spec"]
    pairs = [("group", spec.get("group"), before["group"])]
    names, named = spec.get("names") or {}, before["names"]
    pairs.append(("names.plural", names.get("plural"), named["plural"]))
    if condition_is(old.get("status") or {}, ESTABLISHED):
        pairs.insert(0, ("scope", spec.get("scope"), before["scope"]))
        pairs.insert(1, ("names.kind", names.get("kind"), named["kind"]))
    return [invalid(f"spec.{path}", now, IMMUTABLE) for path, now, was in pairs if now != was]


def _stored(crd: Object) -> Problems:
    """Versions in which objects may be stored must stay declared."""
    declared = [each.get("name") for each in crd["spec"].get("versions") or []]
    stored = (crd.get("status") or {}).get("storedVersions") or []
    if not stored:
        text = "must have at least one stored version"
        return [invalid("status.storedVersions", None, text)]
    return [
        invalid(
            f"status.storedVersions[{index}]",
            each,
            f"missing from spec.versions; {each} was previously a storage version, and must "
            "remain in spec.versions until a storage migration ensures no data remains persisted "
            f"in {each} and removes {each} from status.storedVersions",
        )
        for index, each in enumerate(stored)
        if each not in declared
    ]
