"""delete and deletecollection: at once, gracefully, or when the last finalizer is gone."""

import time
from dataclasses import replace
from datetime import UTC, datetime

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.policies import Request, check_by_policies
from gitops_lab.apiserver.served import Api, Served
from gitops_lab.apiserver.store import Entry, StoreError
from gitops_lab.apiserver.verbs.decoding import options as read_options
from gitops_lab.apiserver.verbs.list import interest_of, matching
from gitops_lab.apiserver.verbs.writing import Write, body_of, remove
from gitops_lab.apiserver.views import ListMeta, view_for
from gitops_lab.kube.objects import Object

ORPHAN = "orphan"
FOREGROUND = "foregroundDeletion"
_HAPPENED = {"uid": "deleted and then recreated", "resourceVersion": "modified"}
_POLICIES = ("Orphan", "Background", "Foreground")
_UNSAID = "policy when none is said, now or before"


async def delete(api: Api, call: Call) -> Answer:
    """The object if it is (still) of interest to the client, else a Status."""
    view = view_for(call)
    options = delete_options(call)
    _keep_pods_of_jobs(call, options)
    served = api.served(call.resource)
    entry, gone = await delete_one(api, call, served, call.target.name, options)
    if not gone or served.strategy.returns_deleted:
        return Answer(200, view.one(entry), view.content_type)
    details = status.about(call.resource.group, call.resource.plural, call.target.name)
    details["uid"] = entry.parsed()["metadata"]["uid"]
    return Answer.of(status.success(details))


async def delete_collection(api: Api, call: Call) -> Answer:
    """Delete what the selectors match; the answer lists it."""
    view = view_for(call)
    options = delete_options(call)
    _keep_pods_of_jobs(call, options)
    served = api.served(call.resource)
    deleted = []
    for found in matching(served, interest_of(call, served)):
        target = (found.key.namespace, found.key.name)
        try:
            await delete_one(api, call, served, target[1], options, target[0])
        except status.StatusError as error:
            if error.code != 404:
                raise
        else:
            deleted.append(found)  # as it was listed; that is what the genuine server shows
    meta = ListMeta(api.store.revision)
    return Answer(200, view.many(deleted, meta), view.content_type)


def _keep_pods_of_jobs(call: Call, options: Object) -> None:
    """A Job's pods stay unless asked otherwise, for old clients' sake; they are told."""
    said = options.get("propagationPolicy") or options.get("orphanDependents") is not None
    if call.resource.group_resource == "jobs.batch" and not said:
        call.warnings.append(
            "child pods are preserved by default when jobs are deleted; set "
            "propagationPolicy=Background to remove them or set propagationPolicy=Orphan to "
            "suppress this warning"
        )
        options[_UNSAID] = "Orphan"


def delete_options(call: Call) -> Object:
    """DeleteOptions from the body and the query. Raises StatusError 400 or 422."""
    options = dict(read_options(call, "DeleteOptions"))
    grace = call.query.number("gracePeriodSeconds")
    if grace is not None:
        options["gracePeriodSeconds"] = grace
    policy = call.query.get("propagationPolicy")
    if policy:
        options["propagationPolicy"] = policy
    if call.query.get("orphanDependents"):
        options["orphanDependents"] = call.query.flag("orphanDependents")
    asked = options.get("propagationPolicy")
    if asked and asked not in _POLICIES:
        cause = {
            "reason": "FieldValueNotSupported",
            "message": f'Unsupported value: "{asked}": supported values: '
            '"Foreground", "Background", "Orphan", "nil"',
            "field": "propagationPolicy",
        }
        raise status.invalid("meta.k8s.io", "DeleteOptions", "", [cause])
    if options.get("dryRun") and not call.query.get("dryRun"):
        call.query.pairs.append(("dryRun", "All"))
    _ = call.dry_run
    return options


async def delete_one(
    api: Api, call: Call, served: Served, name: str, options: Object, namespace: str | None = None
) -> tuple[Entry, bool]:
    """Delete an object; (its last version, whether it is gone)."""
    key = served.key(call.target.namespace if namespace is None else namespace, name)
    previous = await api.store.settled(key)
    if previous is None:
        raise status.not_found(served.resource.group, served.resource.plural, name)
    old = served.whole(previous)
    write = Write(api, call, served, key, previous, old)
    served.strategy.refuse_delete(old)
    _check_preconditions(write, options)
    check_by_policies(Request(api, call, "DELETE", None, old))
    new = served.whole(previous)
    _set_propagation(new, options)
    served.strategy.prepare_delete(new)
    grace = served.strategy.grace(old, options.get("gracePeriodSeconds"))
    gone = not grace and not new["metadata"].get("finalizers") and not _has_content(served, new)
    if served.strategy.graceful or not gone:
        _mark(new, grace, counts=served.strategy.counts_deletion)
    if call.dry_run or (new == old and not gone):
        return previous, gone
    if not gone:
        return await _put(write, new), False
    if new != old and served.strategy.graceful:
        await _put(write, new)
        return await _remove_marked(write), True
    return await remove(write, old), True


async def _remove_marked(write: Write) -> Entry:
    """End a graceful deletion that leaves no time: watchers saw the mark first, now the end."""
    marked = await write.api.store.settled(write.key)
    if marked is None:
        raise status.not_found(
            write.served.resource.group, write.served.resource.plural, write.key.name
        )
    return await remove(replace(write, previous=marked), write.served.whole(marked))


def _has_content(served: Served, obj: Object) -> bool:
    """Whether a namespace still waits for its controller to empty it."""
    if served.collection.name != "/namespaces":
        return False
    return bool((obj.get("spec") or {}).get("finalizers"))


async def _put(write: Write, new: Object) -> Entry:
    try:
        return await write.api.store.put(write.key, body_of(write.served, new), write.previous)
    except StoreError as error:
        raise status.storage_full(str(error)) from None


def _check_preconditions(write: Write, options: Object) -> None:
    assert write.old is not None
    wanted = options.get("preconditions") or {}
    metadata = write.old["metadata"]
    for name, word in (("uid", "UID"), ("resourceVersion", "ResourceVersion")):
        asked = wanted.get(name)
        if asked and asked != metadata[name]:
            resource = write.served.resource
            why = (
                f"the {word} in the precondition ({asked}) does not match the {word} in record "
                f"({metadata[name]}). The object might have been {_HAPPENED[name]}"
            )
            # The genuine server names the kind here where it names the resource elsewhere.
            raise status.conflict(resource.group, resource.kind, write.key.name, why)


def _set_propagation(new: Object, options: Object) -> None:
    """The finalizers by which garbage collection learns what to do with dependents."""
    policy = options.get("propagationPolicy")
    if not policy and "orphanDependents" in options:
        policy = "Orphan" if options["orphanDependents"] else "Background"
    finalizers = new["metadata"].get("finalizers") or []
    if not policy and not {ORPHAN, FOREGROUND} & set(finalizers):
        policy = options.get(_UNSAID)
    if not policy:
        return
    kept = [f for f in finalizers if f not in (ORPHAN, FOREGROUND)]
    if policy == "Orphan":
        kept.append(ORPHAN)
    elif policy == "Foreground":
        kept.append(FOREGROUND)
    new["metadata"].pop("finalizers", None)
    if kept:
        new["metadata"]["finalizers"] = kept


def _mark(new: Object, grace: int, *, counts: bool) -> None:
    """Set deletionTimestamp, or shorten a deletion that is under way already.

    `counts` tells whether that is a new generation and notes the grace period.
    """
    metadata = new["metadata"]
    if "deletionTimestamp" in metadata:
        if grace >= metadata.get("deletionGracePeriodSeconds", 0):
            return
    elif counts and "generation" in metadata:
        metadata["generation"] += 1
    when = datetime.fromtimestamp(int(time.time()) + grace, UTC)
    metadata["deletionTimestamp"] = when.strftime("%Y-%m-%dT%H:%M:%SZ")
    if counts:
        metadata["deletionGracePeriodSeconds"] = grace
