"""The admission plugin LimitRanger: what containers ask for when they don't say, and how much they,
their pods and claims may ask for. Words are Kubernetes' own.
"""

from collections.abc import Iterable, Iterator
from decimal import Decimal
from typing import Any

from gitops_lab.apiserver import status
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.types.quantity import Quantity, parse_quantity
from gitops_lab.kube.objects import Object, name_of, namespace_of

ANNOTATION = "kubernetes.io/limit-ranger"
_NOTHING = Quantity(Decimal(0), "decimal")
Amounts = dict[str, Quantity]


def set_defaults(api: Api, pod: Object) -> None:
    """Give containers the requests and limits that they leave out."""
    for held in _ranges(api, namespace_of(pod)):
        requests: Object = {}
        limits: Object = {}
        for item in _items(held, "Container"):
            requests |= item.get("defaultRequest") or {}
            limits |= item.get("default") or {}
        told = [
            line
            for word, containers in (
                ("container", pod["spec"].get("containers")),
                ("init container", pod["spec"].get("initContainers")),
            )
            for container in containers or []
            for line in _merge(container, requests, limits, word)
        ]
        if told:
            annotations = pod["metadata"].setdefault("annotations", {})
            annotations[ANNOTATION] = f"LimitRanger plugin set: {'; '.join(told)}"


def _merge(container: Object, requests: Object, limits: Object, word: str) -> Iterator[str]:
    for name, defaults in (("request", requests), ("limit", limits)):
        resources = container.setdefault("resources", {})
        held = resources.get(f"{name}s") or {}
        missing = {key: value for key, value in defaults.items() if key not in held}
        if missing:
            resources[f"{name}s"] = {**held, **missing}
            yield f"{', '.join(sorted(missing))} {name} for {word} {container['name']}"


def check(api: Api, collection: str, new: Object) -> None:
    """Raises StatusError 403 for a pod or claim that asks for too much or too little."""
    for held in _ranges(api, namespace_of(new)):
        if collection == "/pods":
            problems = list(_pod_problems(held, new))
        else:
            problems = list(_claim_problems(held, new))
        if problems:
            why = problems[0] if len(problems) == 1 else f"[{', '.join(dict.fromkeys(problems))}]"
            raise status.forbidden("", collection[1:], name_of(new), why)


def _ranges(api: Api, namespace: str) -> Iterable[Object]:
    found = api.builtin("", "v1", "limitranges").collection.entries(namespace)
    return [entry.parsed() for entry in found]


def _items(held: Object, kind: str) -> list[Object]:
    return [item for item in held["spec"].get("limits") or [] if item.get("type") == kind]


def _pod_problems(held: Object, pod: Object) -> Iterator[str]:
    spec = pod["spec"]
    for item in _items(held, "Container"):
        for container in (*(spec.get("containers") or []), *(spec.get("initContainers") or [])):
            resources = container.get("resources") or {}
            asked = _amounts(resources.get("requests")), _amounts(resources.get("limits"))
            yield from _problems("Container", item, *asked)
    for item in _items(held, "Pod"):
        yield from _problems("Pod", item, whole(spec, "requests"), whole(spec, "limits"))


def _claim_problems(held: Object, claim: Object) -> Iterator[str]:
    requests = _amounts(((claim.get("spec") or {}).get("resources") or {}).get("requests"))
    kind = "PersistentVolumeClaim"
    for item in _items(held, kind):
        for name, least in sorted(_amounts(item.get("min")).items()):
            yield from _too_little(kind, name, least, requests, {})
        for name, most in sorted(_amounts(item.get("max")).items()):
            text = f"maximum {name} usage per {kind} is {most}"
            if name not in requests:
                yield f"{text}.  No request is specified"
            elif requests[name].value > most.value:
                yield f"{text}, but request is {requests[name]}"


def _problems(kind: str, item: Object, requests: Amounts, limits: Amounts) -> Iterator[str]:
    for name, least in sorted(_amounts(item.get("min")).items()):
        yield from _too_little(kind, name, least, requests, limits)
    for name, most in sorted(_amounts(item.get("max")).items()):
        yield from _too_much(kind, name, most, requests, limits)
    for name, most in sorted(_amounts(item.get("maxLimitRequestRatio")).items()):
        yield from _too_far_apart(kind, name, most, requests, limits)


def _too_little(
    kind: str, name: str, least: Quantity, requests: Amounts, limits: Amounts
) -> Iterator[str]:
    text = f"minimum {name} usage per {kind} is {least}"
    if name not in requests:
        yield f"{text}.  No request is specified"
    elif requests[name].value < least.value:
        yield f"{text}, but request is {requests[name]}"
    elif name in limits and limits[name].value < least.value:
        yield f"{text}, but limit is {limits[name]}"


def _too_much(
    kind: str, name: str, most: Quantity, requests: Amounts, limits: Amounts
) -> Iterator[str]:
    text = f"maximum {name} usage per {kind} is {most}"
    if name not in limits:
        yield f"{text}.  No limit is specified"
    elif limits[name].value > most.value:
        yield f"{text}, but limit is {limits[name]}"
    elif name in requests and requests[name].value > most.value:
        yield f"{text}, but request is {requests[name]}"


def _too_far_apart(
    kind: str, name: str, most: Quantity, requests: Amounts, limits: Amounts
) -> Iterator[str]:
    text = f"{name} max limit to request ratio per {kind} is {most}, but"
    request, limit = requests.get(name, _NOTHING).value, limits.get(name, _NOTHING).value
    if not request:
        yield f"{text} no request is specified or request is 0"
    elif not limit:
        yield f"{text} no limit is specified or limit is 0"
    elif limit / request > most.value:
        yield f"{text} provided ratio is {limit / request:.6f}"


def _amounts(listed: Any) -> Amounts:
    return {name: parse_quantity(str(text)) for name, text in (listed or {}).items()}


def whole(spec: Object, which: str) -> Amounts:
    """What a pod asks for: its containers together, or what starting them takes if that is more."""
    total: Amounts = {}
    sidecars: Amounts = {}
    starting: Amounts = {}
    for container in spec.get("containers") or []:
        _add(total, _asked(container, which))
    for container in spec.get("initContainers") or []:
        asked = _asked(container, which)
        if container.get("restartPolicy") == "Always":
            _add(total, asked)
            _add(sidecars, asked)
            _raise(starting, sidecars)
        else:
            _add(asked, sidecars)
            _raise(starting, asked)
    _raise(total, starting)
    return total | _amounts((spec.get("resources") or {}).get(which))


def _asked(container: Object, which: str) -> Amounts:
    return _amounts((container.get("resources") or {}).get(which))


def _add(total: Amounts, more: Amounts) -> None:
    for name, each in more.items():
        held = total.get(name)
        total[name] = each if held is None else Quantity(held.value + each.value, held.family)


def _raise(total: Amounts, least: Amounts) -> None:
    for name, each in least.items():
        if name not in total or each.value > total[name].value:
            total[name] = each
