"""patch: JSON patch, merge patch, strategic merge patch, and server-side apply."""

from typing import Any

import orjson

from gitops_lab.apiserver import admission, fields, status
from gitops_lab.apiserver import patch as patches
from gitops_lab.apiserver.accounts import await_account
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.types import Schema
from gitops_lab.apiserver.verbs import identity
from gitops_lab.apiserver.verbs.create import complete
from gitops_lab.apiserver.verbs.decoding import (
    check_fields,
    check_repeated,
    from_json,
    from_yaml,
    plain,
    plain_object,
    wants_field_checks,
)
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.apiserver.verbs.options import check_options
from gitops_lab.apiserver.verbs.update import begin, change_normal, prepare, settle
from gitops_lab.apiserver.verbs.writing import (
    Write,
    change_by_policies,
    check,
    check_precondition,
    store_new,
)
from gitops_lab.apiserver.views import view_for
from gitops_lab.kube.objects import Object, copied

JSON_PATCH = "application/json-patch+json"
MERGE_PATCH = "application/merge-patch+json"
STRATEGIC_PATCH = "application/strategic-merge-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"
ACCEPTED = (JSON_PATCH, MERGE_PATCH, STRATEGIC_PATCH, APPLY_PATCH)


async def patch(api: Api, call: Call) -> Answer:
    """200 with the object as it is stored now; 201 when apply made it."""
    view = view_for(call)
    check_media(call)
    check_options(call)
    content = read_patch(call)
    served = api.served(call.resource)
    if call.media_type == APPLY_PATCH and served.collection.name == "/pods":
        await await_account(api, content, call.target.namespace or "")
    write = await begin(api, call, served)
    existed = write.previous is not None
    if call.media_type == APPLY_PATCH:
        entry = await _apply(write, content)
    else:
        entry = await _patch(write, content)
    return Answer(200 if existed else 201, view.one(entry), view.content_type)


def check_media(call: Call) -> None:
    """Raises StatusError 415 for a kind of patch that the resource does not take."""
    if call.media_type not in ACCEPTED:
        raise status.StatusError(415, "UnsupportedMediaType", "415: Unsupported Media Type", {})
    if call.resource.custom and call.media_type == STRATEGIC_PATCH:
        kept = [each for each in ACCEPTED if each != STRATEGIC_PATCH]
        raise status.unsupported_media_type(", ".join(kept))


def read_patch(call: Call) -> Any:
    """The patch's value. Raises StatusError 400."""
    try:
        if call.media_type == APPLY_PATCH:
            return _read_configuration(call.body, strict=wants_field_checks(call))
        return from_json(call.body, strict=wants_field_checks(call))
    except ValueError as error:
        if call.media_type == MERGE_PATCH:
            raise status.bad_request("invalid JSON patch") from None
        raise status.bad_request(f"error decoding patch: {error}") from None


def _read_configuration(body: bytes, *, strict: bool) -> Any:
    # kubectl sends JSON, which is YAML too; reading it as JSON is far cheaper.
    if body.lstrip()[:1] == b"{":
        try:
            return from_json(body, strict=strict)
        except ValueError:
            return from_yaml(body)
    return from_yaml(body)


async def _patch(write: Write, content: Any) -> Entry:
    resource = write.served.resource
    if write.old is None:
        raise status.not_found(resource.group, resource.plural, write.call.target.name)
    new = patched(write.call, copied(write.old), content)
    if isinstance(new, dict) and new.get("metadata") is None:
        new["metadata"] = {}
    if not isinstance(new, dict) or not isinstance(new["metadata"], dict):
        raise status.bad_request("the patch leaves no object behind")
    new = _decoded(write, plain(new, nulls=True), content)
    check_precondition(write, new)
    return await change_normal(write, new)


def _decoded(write: Write, new: Object, content: Any) -> Object:
    """The patched object in normal form. Raises StatusError."""
    resource = write.served.resource
    try:
        _check_kind(write, new)
        check_fields(write.call, new, resource.schema)
        identity.settle_namespace(write.call, new)
        identity.settle_name(write.call, new)
        return normal(resource, new)
    except status.StatusError as error:
        handled = f"cannot be handled as a {resource.kind}: "
        if handled not in error.message:
            raise
        strategic = write.call.media_type == STRATEGIC_PATCH
        shown = content if strategic else new
        raise _undecodable(shown, error.message.partition(handled)[2]) from None


def _undecodable(shown: Object, why: str) -> status.StatusError:
    """422 for a patch after which the object can't be decoded any more."""
    text = orjson.dumps(shown, option=orjson.OPT_SORT_KEYS).decode()
    message = f"Invalid value: {orjson.dumps(text).decode()}: {why}"
    cause = {"reason": "FieldValueInvalid", "message": message, "field": "patch"}
    return status.invalid("", "", "", [cause])


def patched(call: Call, document: Object, content: Any) -> Any:
    """A document with a patch of the call's type. Raises StatusError 400 or 422."""
    try:
        match call.media_type:
            case "application/json-patch+json":
                return patches.json_patch(document, content)
            case "application/merge-patch+json":
                return patches.merge_patch(document, content)
        return patches.strategic_merge(document, content, call.resource.schema)
    except patches.PatchError as error:
        raise _refused(error) from None


def _refused(error: patches.PatchError) -> status.StatusError:
    details: status.Details | None = {} if error.code == 422 else None
    return status.StatusError(error.code, error.reason, error.message, details)


def _check_kind(write: Write, new: Object) -> None:
    """A patch can't change what kind an object is. Raises StatusError 400."""
    assert write.old is not None
    for name in ("apiVersion", "kind"):
        if new.get(name) != write.old[name]:
            given, kept = new.get(name), write.old[name]
            raise status.bad_request(
                f"{new.get('kind')} cannot be handled as a {write.old['kind']}: "
                f"the {name} in the data ({given}) does not match the expected {name} ({kept})"
            )


async def _apply(write: Write, config: Any) -> Entry:
    call = write.call
    config = _checked_configuration(write, config)
    if write.old is None:
        if write.subresource:
            resource = call.resource
            raise status.not_found(resource.group, resource.plural, call.target.name)
        identity.check_namespace(write.api, call, call.target.name)
    else:
        check_precondition(write, config)
    merged = merge_configuration(write, config)
    try:
        new = normal(write.served.resource, merged)
    except status.StatusError as error:
        # What only the struct refuses comes too late here to be the client's fault.
        raise status.StatusError(500, "", error.message) from None
    if write.old is None:
        return await _apply_new(write, merged)
    new = change_by_policies(write, new)
    prepare(write, new)
    return await settle(write, new)


def merge_configuration(write: Write, config: Object) -> Object:
    """The live object with an applied configuration. Raises StatusError 409."""
    config["metadata"].pop("resourceVersion", None)
    try:
        merged: Object = fields.apply(
            write.old,
            config,
            manager=write.call.query.get("fieldManager"),
            force=write.call.query.flag("force"),
            schema=write.served.resource.schema,
            subresource=write.subresource,
            now=now(),
        )
    except fields.ApplyConflict as error:
        raise status.apply_conflict(list(error.conflicts)) from None
    except fields.ApplyError as error:
        raise status.StatusError(500, "", error.message) from None
    identity.settle_namespace(write.call, merged)
    return merged


async def _apply_new(write: Write, merged: Object) -> Entry:
    new = change_by_policies(write, complete(write.served, merged))
    admission.complete_new(write.api, write.served.collection.name, new)
    write.served.strategy.prepare_create(new)
    identity.stamp(new)
    write.served.strategy.identified(new)
    check(write, new)
    admission.check_new(write.api, write.served, new)
    if await write.api.store.settled(write.key) is not None:
        # Somebody was faster: apply once more, now to what is there.
        write = await begin(write.api, write.call, write.served)
        return await _apply(write, read_patch(write.call))
    return await store_new(write, new)


def _refuse_unfit(config: Object, schema: Schema) -> None:
    try:
        fields.check(config, schema)
    except fields.ApplyError as error:
        raise status.StatusError(500, "", error.message) from None


def _gvk(given: tuple[Any, Any]) -> str:
    """An apiVersion and kind as Go prints them: `apps/v1, Kind=Deployment`."""
    version = str(given[0] or "")
    return f"{version if '/' in version else '/' + version}, Kind={given[1] or ''}"


def _checked_configuration(write: Write, config: Any) -> Object:
    call = write.call
    if not isinstance(config, dict):
        raise status.bad_request("error decoding patch: the configuration is not an object")
    resource = call.resource
    given = (config.get("apiVersion"), config.get("kind"))
    if not all(given):
        raise status.bad_request(f"invalid object type: {_gvk(given)}")
    if given != (resource.api_version, resource.kind):
        raise status.bad_request(
            f"Incorrect version specified in apply patch. Specified patch version: {given[0]}, "
            f"expected: {resource.api_version}"
        )
    if not isinstance(config.get("metadata"), dict):
        config["metadata"] = {}
    if config["metadata"].get("managedFields"):
        raise status.bad_request("metadata.managedFields must be nil")
    # Unknown fields are an error of apply's own; what is left to tell is fields given twice.
    check_repeated(call, config)
    checked = plain_object(config, nulls=True)
    identity.settle_namespace(call, {**checked, "metadata": dict(checked["metadata"])})
    identity.settle_name(call, checked)
    if checked != config:  # a null is left out, but not under a name that nobody knows
        _refuse_unfit(config, resource.schema)
    if write.served.strategy.has_status and not write.subresource:
        checked.pop("status", None)
    return checked
