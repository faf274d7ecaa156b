"""The roles and bindings that every cluster has, put in place and brought up to date at each start.

What they are stands in data/policy.json, which scripts/gen-types takes from Kubernetes. An object
whose annotation says so keeps its owner's changes; others get back what they lack.
"""

import asyncio
import json
import logging
from functools import cache
from pathlib import Path
from typing import Any

from gitops_lab.apiserver import fields
from gitops_lab.apiserver.rbac.authorizer import GROUP
from gitops_lab.apiserver.rbac.rules import uncovered
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.apiserver.store import Entry, StoreError
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.verbs.identity import stamp
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.apiserver.verbs.writing import body_of
from gitops_lab.kube.objects import Object

MANAGER = "kube-apiserver"
AUTOUPDATE = "rbac.authorization.kubernetes.io/autoupdate"
log = logging.getLogger(__name__)
_FILE = Path(__file__).parent / "data" / "policy.json"


@cache
def objects() -> dict[str, list[Object]]:
    """Plural -> the objects that a new cluster has."""
    table: dict[str, list[Object]] = json.loads(_FILE.read_text(encoding="utf-8"))
    return table


async def install(api: Api) -> None:
    """Make what is missing, complete what lacks something. Call before requests are served."""
    writes: list[asyncio.Future[Entry]] = []
    for plural, wanted in objects().items():
        served = api.builtin(GROUP, "v1", plural)
        for obj in wanted:
            if write := _write(api, served, obj):
                writes.append(write)
    try:
        await asyncio.gather(*writes)
    except StoreError as error:
        # On a full disk reads go on, and administrators need no role; the next start tries again.
        log.warning("the roles that every cluster has are not complete: %s", error)
        await asyncio.gather(*writes, return_exceptions=True)


def _write(api: Api, served: Served, wanted: Object) -> "asyncio.Future[Entry] | None":
    metadata = wanted["metadata"]
    key = served.key(metadata.get("namespace"), metadata["name"])
    held = served.collection.get(key.namespace, key.name)
    old = served.whole(held) if held is not None else None
    new = _completed(old, wanted) if old is not None else _fresh(served, wanted)
    if new is None:
        return None
    recorded = fields.on_write(
        old,
        new,
        manager=MANAGER,
        operation="Update",
        subresource="",
        schema=served.resource.schema,
        now=now(),
        api_version=served.resource.api_version,
    )
    if old is None:
        stamp(recorded)
    return api.store.put(key, body_of(served, recorded), held)


def _fresh(served: Served, wanted: Object) -> Object:
    head = {"kind": served.resource.kind, "apiVersion": served.resource.api_version}
    return normal(served.resource, json.loads(json.dumps({**head, **wanted})))


def _completed(old: Object, wanted: Object) -> Object | None:
    """The stored object with what it lacks; None when it lacks nothing or is left alone."""
    if (old["metadata"].get("annotations") or {}).get(AUTOUPDATE) == "false":
        return None
    more = {
        **_lacking_metadata(old, wanted),
        **_lacking_list(old, wanted, "subjects"),
        **_lacking_rules(old, wanted),
    }
    if old.get("aggregationRule") != wanted.get("aggregationRule"):
        more["aggregationRule"] = wanted.get("aggregationRule")
    if old.get("roleRef") != wanted.get("roleRef"):
        more["roleRef"] = wanted["roleRef"]
    return {**old, **more} if more else None


def _lacking_metadata(old: Object, wanted: Object) -> Object:
    metadata, changed = dict(old["metadata"]), False
    for name in ("labels", "annotations"):
        merged = {**(wanted["metadata"].get(name) or {}), **(metadata.get(name) or {})}
        changed |= merged != (metadata.get(name) or {})
        metadata[name] = merged
    return {"metadata": metadata} if changed else {}


def _lacking_list(old: Object, wanted: Object, name: str) -> Object:
    held: list[Any] = old.get(name) or []
    missing = [each for each in wanted.get(name) or [] if each not in held]
    return {name: [*held, *missing]} if missing else {}


def _lacking_rules(old: Object, wanted: Object) -> Object:
    held = old.get("rules") or []
    missing = uncovered(held, wanted.get("rules") or [])
    return {"rules": [*held, *missing]} if missing else {}
