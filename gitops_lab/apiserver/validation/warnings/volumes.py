"""Volumes of pods: plugins that are gone, and files that would lie on each other."""

from collections.abc import Iterator
from typing import Any

from gitops_lab.apiserver.validation.warnings.values import fraction

Fields = dict[str, Any]
Place = tuple[str, str]  # a path inside a volume, and where it comes from
_OLD = {
    "photonPersistentDisk": "deprecated in v1.11, non-functional in v1.16+",
    "gitRepo": "deprecated in v1.11, and disabled by default in v1.33+",
    "scaleIO": "deprecated in v1.16, non-functional in v1.22+",
    "flocker": "deprecated in v1.22, non-functional in v1.25+",
    "storageOS": "deprecated in v1.22, non-functional in v1.25+",
    "storageos": "deprecated in v1.22, non-functional in v1.25+",
    "quobyte": "deprecated in v1.22, non-functional in v1.25+",
    "glusterfs": "deprecated in v1.25, non-functional in v1.26+",
    "cephfs": "deprecated in v1.28, non-functional in v1.31+",
    "rbd": "deprecated in v1.28, non-functional in v1.31+",
}
_NAMES = {"storageos": "storageOS"}  # as it is written in a manifest: as it is told of


def old_volumes(path: str, volumes: list[Fields]) -> Iterator[str]:
    """Volumes of a kind that is no more."""
    for at, volume in enumerate(volumes):
        for kind, why in _OLD.items():
            if kind in volume:
                yield f"{path}[{at}].{_NAMES.get(kind, kind)}: {why}"
        claim = (volume.get("ephemeral") or {}).get("volumeClaimTemplate") or {}
        yield from storage(f"{path}[{at}].ephemeral.volumeClaimTemplate.spec", claim.get("spec"))


def storage(path: str, claim: Fields | None) -> Iterator[str]:
    """What a claim asks for, where it is no whole number of bytes."""
    asked = (claim or {}).get("resources") or {}
    for kind in ("requests", "limits"):
        yield from fraction(f"{path}.resources.{kind}", asked.get(kind), "storage")


def overlapping_paths(volumes: list[Fields]) -> Iterator[str]:
    """Files of one volume that have one path, or a path inside another file's."""
    for volume in volumes:
        for kind, what in (
            ("configMap", 'ConfigMap "{name}"'),
            ("secret", 'Secret "{secretName}"'),
            ("downwardAPI", "DownwardAPI"),
        ):
            source = volume.get(kind) or {}
            name = what.format_map({"name": "", "secretName": "", **source})
            places = [(each.get("path", ""), "") for each in source.get("items") or []]
            yield from _overlaps(volume, name, [places])
        if "projected" in volume:
            yield from _projected(volume)


def _projected(volume: Fields) -> Iterator[str]:
    parts = []
    for source in (volume["projected"] or {}).get("sources") or []:
        if not source:
            yield f'volume "{volume.get("name", "")}" (Projected) has no sources provided'
            continue
        parts.append(list(_places(source)))
    yield from _overlaps(volume, "Projected", parts)


def _places(source: Fields) -> Iterator[Place]:
    for kind, what in (("configMap", 'ConfigMap "{}"'), ("secret", 'Secret "{}"')):
        for each in (source.get(kind) or {}).get("items") or []:
            yield each.get("path", ""), what.format(source[kind].get("name", ""))
    for each in (source.get("downwardAPI") or {}).get("items") or []:
        yield each.get("path", ""), "DownwardAPI"
    if "serviceAccountToken" in source:
        yield source["serviceAccountToken"].get("path", ""), "ServiceAccountToken"
    bundle = source.get("clusterTrustBundle")
    if bundle:
        name = bundle.get("name") or bundle.get("signerName", "")
        yield bundle.get("path", ""), f'ClusterTrustBundle "{name}"'


def _overlaps(volume: Fields, what: str, parts: list[list[Place]]) -> Iterator[str]:
    seen: list[Place] = []
    for places in parts:
        for path, origin in places:
            place = path.rstrip("/"), origin
            for other in seen:
                if _meets(place, other):
                    yield (
                        f'volume "{volume.get("name", "")}" ({what}): overlapping paths: '
                        f"{_shown(place)} with {_shown(other)}"
                    )
            seen.append(place)


def _meets(one: Place, other: Place) -> bool:
    left, right = f"{one[0]}/", f"{other[0]}/"
    return bool(one[0] and other[0]) and (left.startswith(right) or right.startswith(left))


def _shown(place: Place) -> str:
    path, origin = place
    return f'"{path}" ({origin})' if origin else f'"{path}"'
