"""The steps that every write shares: check, record who owns which field, store."""

from dataclasses import dataclass
from typing import Any

import orjson

from gitops_lab.apiserver import fields, status, validation
from gitops_lab.apiserver.http.call import Call
from gitops_lab.apiserver.policies import Request, check_by_policies
from gitops_lab.apiserver.policies.mutation import mutated
from gitops_lab.apiserver.rbac.escalation import check_grant
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.apiserver.store import Entry, Key, StoreError
from gitops_lab.apiserver.strategy import Claim
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.validation.warnings import warnings_of
from gitops_lab.kube.objects import Object


@dataclass(frozen=True)
class Write:
    """One write in progress. `old` is the stored version that it replaces, if any.

    `tracked` is whether it is noted who wrote what.
    """

    api: Api
    call: Call
    served: Served
    key: Key
    previous: Entry | None
    old: Object | None
    subresource: str = ""
    tracked: bool = True


def body_of(served: Served, obj: Object) -> Object:
    """An object as it is stored: without kind and apiVersion, metadata first."""
    body = {"metadata": obj["metadata"]}
    body.update({k: v for k, v in obj.items() if k not in ("kind", "apiVersion")})
    return body if served.conversion is None else served.conversion.inward(body)


def record_fields(write: Write, new: Object) -> Object:
    """The object with managedFields that tell what this writer changed."""
    if not write.tracked:
        return new
    resource = write.served.resource
    recorded = fields.on_write(
        write.old,
        new,
        manager=write.call.field_manager,
        operation="Update",
        subresource=write.subresource,
        schema=resource.schema,
        now=now(),
        api_version=resource.api_version,
    )
    if write.subresource == "scale":
        _untimed(recorded)
    return recorded


def _untimed(obj: Object) -> None:
    """Entries written through /scale have no time; the genuine server loses it there."""
    for entry in obj["metadata"].get("managedFields") or []:
        if entry.get("subresource") == "scale":
            entry.pop("time", None)


def change_by_policies(write: Write, new: Object) -> Object:
    """The object as the cluster's policies change it. Raises StatusError 422."""
    return new if write.subresource == "scale" else mutated(_request(write, new))


def _request(write: Write, new: Object) -> Request:
    operation = "CREATE" if write.old is None else "UPDATE"
    return Request(write.api, write.call, operation, new, write.old)


def check(write: Write, new: Object) -> None:
    """Raises StatusError 422 with every problem, 403 for a role that gives too much."""
    resource = write.served.resource
    if not write.call.user.is_admin:
        check_grant(
            write.api.authorizer, write.call.user, write.served.collection.name, new, write.old
        )
    problems = validation.validate(new, write.old, resource, write.call.warnings)
    if write.subresource == "status":
        problems += validation.validate_status(new, resource)
    problems += write.served.strategy.check(new, write.old, write.subresource)
    if problems:
        name = new["metadata"].get("name", "")
        causes = [cause(problem) for problem in problems]
        raise status.invalid(resource.group, resource.kind, name, causes)
    if not write.subresource:
        write.call.warnings += warnings_of(new, write.old, resource)
    check_by_policies(_request(write, new))


def cause(problem: validation.FieldError) -> dict[str, Any]:
    """A field error as a Status carries it."""
    return {
        "reason": problem.type,
        "message": validation.message(problem),
        "field": problem.field,
    }


def check_precondition(write: Write, new: Object) -> None:
    """An update that carries a resourceVersion or uid must be about the stored version."""
    assert write.previous is not None
    assert write.old is not None
    resource = write.served.resource
    metadata = new["metadata"]
    uid = metadata.get("uid")
    if uid and uid != write.old["metadata"].get("uid"):
        why = (
            f"StorageError: invalid object, Code: 4, Key: {_storage_path(write)}, "
            "ResourceVersion: 0, AdditionalErrorMsg: Precondition failed: "
            f"UID in precondition: {uid}, UID in object meta: {write.old['metadata'].get('uid')}"
        )
        raise status.conflict(resource.group, resource.plural, write.key.name, why)
    version = metadata.get("resourceVersion")
    if version and version != "0" and version != str(write.previous.rv):
        raise status.conflict(resource.group, resource.plural, write.key.name)


def _storage_path(write: Write) -> str:
    """Where the genuine server would keep the object: clients see it in one message."""
    resource = write.served.resource
    group = resource.group if resource.custom else ""
    parts = ("/registry", group, resource.plural, write.key.namespace, write.key.name)
    return "/".join(part for part in parts if part)


async def store_new(write: Write, new: Object) -> Entry:
    """Store an object that was not there."""
    claim = write.served.strategy.claim(new, None)
    return await _store(write, new, claim)


async def store_changed(write: Write, new: Object) -> Entry:
    """Store a new version; nothing is written when nothing changed.

    A deletion that waited for its last finalizer is completed here.
    """
    assert write.previous is not None
    assert write.old is not None
    new["metadata"]["resourceVersion"] = str(write.previous.rv)
    if _same(new, write.old):
        return write.previous
    if is_finished(write.served, new):
        if write.call.dry_run:
            return write.previous
        # Watchers get what was stored, the writer what it wrote, completed for nobody's use.
        write.served.strategy.claim(new, write.old).give_back()
        await remove(write, write.old)
        return Entry(write.key, write.previous.rv, orjson.dumps(body_of(write.served, new)))
    claim = write.served.strategy.claim(new, write.old)
    return await _store(write, new, claim)


async def _store(write: Write, new: Object, claim: Claim) -> Entry:
    body = body_of(write.served, new)
    if write.call.dry_run:
        claim.give_back()
        version = write.previous.rv if write.previous else 0
        return Entry(write.key, version, orjson.dumps(body), new["metadata"].get("labels"))
    try:
        entry = await write.api.store.put(write.key, body, write.previous)
    except StoreError as error:
        claim.give_back()
        raise status.storage_full(str(error)) from None
    claim.keep()
    return entry


async def remove(write: Write, last: Object) -> Entry:
    """Take an object out of the store; `last` is what watchers get."""
    assert write.previous is not None
    try:
        entry = await write.api.store.remove(write.key, body_of(write.served, last), write.previous)
    except StoreError as error:
        raise status.storage_full(str(error)) from None
    write.served.strategy.deleted(last)
    return entry


def is_finished(served: Served, obj: Object) -> bool:
    """Whether a deletion is under way and nothing holds the object any more."""
    metadata = obj["metadata"]
    if "deletionTimestamp" not in metadata or metadata.get("finalizers"):
        return False
    if metadata.get("deletionGracePeriodSeconds"):
        return False
    if served.collection.name == "/namespaces":
        return not (obj.get("spec") or {}).get("finalizers")
    return True


def _same(new: Object, old: Object) -> bool:
    """Equal but for the times at which field managers wrote."""
    if new == old:
        return True
    if new.keys() != old.keys() or any(new[k] != old[k] for k in new if k != "metadata"):
        return False
    return _timeless(new["metadata"]) == _timeless(old["metadata"])


def _timeless(metadata: Object) -> Object:
    managed = metadata.get("managedFields") or []
    stripped = [{k: v for k, v in each.items() if k != "time"} for each in managed]
    return {**metadata, "managedFields": stripped}
