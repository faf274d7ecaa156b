"""Pod specs: what is there twice, what is old, what does not do what it looks like."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation.warnings.ports import port_names, ports
from gitops_lab.apiserver.validation.warnings.values import (
    NODE_LABELS,
    address,
    fraction,
    node_terms,
)
from gitops_lab.apiserver.validation.warnings.volumes import old_volumes, overlapping_paths

Fields = dict[str, Any]
_ALPHA = "scheduler.alpha.kubernetes.io/critical-pod"
_ANNOTATIONS = {
    _ALPHA: 'non-functional in v1.16+; use the "priorityClassName" field instead',
    "security.alpha.kubernetes.io/sysctls": (
        'non-functional in v1.11+; use the "sysctls" field instead'
    ),
    "security.alpha.kubernetes.io/unsafe-sysctls": (
        'non-functional in v1.11+; use the "sysctls" field instead'
    ),
}
_SECCOMP = "seccomp.security.alpha.kubernetes.io/pod"
_SECCOMP_OF = "container.seccomp.security.alpha.kubernetes.io/"
_APPARMOR_OF = "container.apparmor.security.beta.kubernetes.io/"
_BYTES = ("memory", "ephemeral-storage")
_NO_POD = "a null labelSelector results in matching no pod"


def template(path: str, found: Fields) -> Iterator[str]:
    """All about a pod, whose path is "", or about a template at another path."""
    spec, prefix = found.get("spec") or {}, f"{path}." if path else ""
    annotations = (found.get("metadata") or {}).get("annotations") or {}
    yield from _placement(f"{prefix}spec", spec)
    for name, why in _ANNOTATIONS.items():
        if name in annotations:
            yield f"{prefix}metadata.annotations[{name}]: {why}"
    yield from old_volumes(f"{prefix}spec.volumes", spec.get("volumes") or [])
    yield from overlapping_paths(spec.get("volumes") or [])
    yield from _repeated(f"{prefix}spec", spec)
    yield from fraction(f"{prefix}spec.overhead", spec.get("overhead"), *_BYTES)
    secured = (spec.get("securityContext") or {}).get("seccompProfile")
    if _SECCOMP in annotations and not secured:
        yield _seccomp(prefix, _SECCOMP)
    each_container = list(_containers(f"{prefix}spec", spec))
    for where, container in each_container:
        yield from _container(prefix, where, container, spec, annotations)
    yield from ports(each_container)
    yield from port_names(each_container)
    yield from _rest(f"{prefix}spec", spec)


def _containers(path: str, spec: Fields) -> Iterator[tuple[str, Fields]]:
    for name in ("initContainers", "containers", "ephemeralContainers"):
        for at, container in enumerate(spec.get(name) or []):
            yield f"{path}.{name}[{at}]", container


def _placement(path: str, spec: Fields) -> Iterator[str]:
    for name in sorted(spec.get("nodeSelector") or {}):
        if name in NODE_LABELS:
            yield f"{path}.nodeSelector[{name}]: {NODE_LABELS[name]}"
    wanted = (spec.get("affinity") or {}).get("nodeAffinity") or {}
    rule = "requiredDuringSchedulingIgnoredDuringExecution"
    where = f"{path}.affinity.nodeAffinity.{rule}.nodeSelectorTerms[{{}}]"
    yield from node_terms(where, (wanted.get(rule) or {}).get("nodeSelectorTerms"))
    rule = "preferredDuringSchedulingIgnoredDuringExecution"
    preferences = [each.get("preference") or {} for each in wanted.get(rule) or []]
    yield from node_terms(f"{path}.affinity.nodeAffinity.{rule}[{{}}].preference", preferences)
    for at, spread in enumerate(spec.get("topologySpreadConstraints") or []):
        where, key = f"{path}.topologySpreadConstraints[{at}]", spread.get("topologyKey")
        if key in NODE_LABELS:
            yield f"{where}.topologyKey: {key} is {NODE_LABELS[key]}"
        if spread.get("labelSelector") is None:
            yield f"{where}.labelSelector: {_NO_POD}"


def _repeated(path: str, spec: Fields) -> Iterator[str]:
    for name, key in (("hostAliases", "ip"), ("imagePullSecrets", "name")):
        seen = set()
        for at, each in enumerate(spec.get(name) or []):
            value = each.get(key, "")
            if value in seen:
                yield f'{path}.{name}[{at}].{key}: duplicate {key} "{value}"'
            seen.add(value)
    for at, each in enumerate(spec.get("imagePullSecrets") or []):
        if not each.get("name"):
            yield f'{path}.imagePullSecrets[{at}].name: invalid empty name ""'


def _seccomp(prefix: str, name: str) -> str:
    return (
        f"{prefix}metadata.annotations[{name}]: non-functional in v1.27+; "
        'use the "seccompProfile" field instead'
    )


def _container(
    prefix: str, path: str, container: Fields, spec: Fields, annotations: Fields
) -> Iterator[str]:
    context, name = container.get("securityContext") or {}, container.get("name", "")
    if _SECCOMP_OF + name in annotations and not context.get("seccompProfile"):
        yield _seccomp(prefix, _SECCOMP_OF + name)
    whole = (spec.get("securityContext") or {}).get("appArmorProfile")
    old = _APPARMOR_OF + name
    if prefix and old in annotations and not (context.get("appArmorProfile") or whole):
        yield (
            f"{prefix}metadata.annotations[{old}]: deprecated since v1.30; "
            'use the "appArmorProfile" field instead'
        )
    resources = container.get("resources") or {}
    for amount in _BYTES:
        for kind in ("limits", "requests"):
            yield from fraction(f"{path}.resources.{kind}", resources.get(kind), amount)
    yield from _variables(f"{path}.env", container.get("env") or [])


def _variables(path: str, env: list[Fields]) -> Iterator[str]:
    seen = set()
    for at, each in enumerate(env):
        name, value = each.get("name", ""), each.get("value", "")
        itself = f"$({name})"
        builds_on = itself in value and value != itself and not each.get("valueFrom")
        if name in seen and not builds_on:
            yield (
                f'{path}[{at}]: hides previous definition of "{name}", '
                "which may be dropped when using apply"
            )
        seen.add(name)


def _rest(path: str, spec: Fields) -> Iterator[str]:
    if (spec.get("terminationGracePeriodSeconds") or 0) < 0:
        yield (
            f"{path}.terminationGracePeriodSeconds: must be >= 0; "
            "negative values are invalid and will be treated as 1"
        )
    for kind in ("podAffinity", "podAntiAffinity"):
        rules = (spec.get("affinity") or {}).get(kind) or {}
        where = f"{path}.affinity.{kind}"
        rule = "requiredDuringSchedulingIgnoredDuringExecution"
        for at, term in enumerate(rules.get(rule) or []):
            if term.get("labelSelector") is None:
                yield f"{where}.{rule}[{at}].labelSelector: {_NO_POD}"
        rule = "preferredDuringSchedulingIgnoredDuringExecution"
        for at, term in enumerate(rules.get(rule) or []):
            if (term.get("podAffinityTerm") or {}).get("labelSelector") is None:
                yield f"{where}.{rule}[{at}].podAffinityTerm.labelSelector: {_NO_POD}"
    for at, each in enumerate((spec.get("dnsConfig") or {}).get("nameservers") or []):
        yield from address(f"{path}.dnsConfig.nameservers[{at}]", each)
    for at, each in enumerate(spec.get("hostAliases") or []):
        yield from address(f"{path}.hostAliases[{at}].ip", each.get("ip", ""))
