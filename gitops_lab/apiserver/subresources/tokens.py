"""serviceaccounts/token: a signed, expiring token for a ServiceAccount."""

import time
import uuid
from datetime import UTC, datetime

from gitops_lab.apiserver import fields, status
from gitops_lab.apiserver.http.auth import ISSUER
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.store import Entry
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.types.definitions import builtin_definitions
from gitops_lab.apiserver.validation.errors import FieldError, invalid, message
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.kube.objects import Object

KIND, GROUP = "TokenRequest", "authentication.k8s.io"
_HOUR = 3600
_SHORTEST, _LONGEST = 600, 1 << 32
_BINDABLE = {"Pod": "pods", "Node": "nodes", "Secret": "secrets"}


async def create_token(api: Api, call: Call) -> Answer:
    """POST of a TokenRequest."""
    request = read_object(call, KIND, f"{GROUP}/v1")
    recorded = _recorded(api, call, request)
    account = _account(api, call, request["metadata"])
    spec = request.setdefault("spec", {})
    seconds = spec.setdefault("expirationSeconds", _HOUR)
    spec["audiences"] = spec.get("audiences") or [ISSUER]
    request["metadata"] |= {
        "name": account.key.name,
        "namespace": account.key.namespace,
        "uid": account.uid,
        "creationTimestamp": now(),
        "managedFields": recorded,
    }
    spec.setdefault("boundObjectRef", None)
    _check_spec(spec)
    bound = _bound(api, account, spec.get("boundObjectRef"))
    issued = int(time.time())
    claims = {
        "aud": spec["audiences"],
        "exp": issued + seconds,
        "iat": issued,
        "iss": ISSUER,
        "jti": str(uuid.uuid4()),
        "nbf": issued,
        "sub": f"system:serviceaccount:{account.key.namespace}:{account.key.name}",
        "kubernetes.io": {
            "namespace": account.key.namespace,
            "serviceaccount": {"name": account.key.name, "uid": account.uid},
            **bound,
        },
    }
    when = datetime.fromtimestamp(issued + seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    request["status"] = {"token": api.authenticator.sign(claims), "expirationTimestamp": when}
    return Answer.of(request, 201)


def _recorded(api: Api, call: Call, request: Object) -> list[Object]:
    """The managedFields of a request, which are noted although it is not kept."""
    request.setdefault("spec", {}).setdefault("expirationSeconds", _HOUR)
    schema = builtin_definitions().schema("io.k8s.api.authentication.v1.TokenRequest")
    written = fields.on_write(
        None,
        request,
        manager=call.field_manager,
        subresource="token",
        schema=schema,
        now=now(),
        api_version=f"{GROUP}/v1",
    )
    return list(written["metadata"]["managedFields"])


def _account(api: Api, call: Call, metadata: Object) -> Entry:
    """The ServiceAccount of the path, which the body may name again. Raises StatusError."""
    target = call.target
    for key, given, word in (
        ("name", target.name, "name"),
        ("namespace", target.namespace, "namespace"),
    ):
        if metadata.get(key) and metadata[key] != given:
            why = f"must match the service account {word} if specified"
            raise _invalid(target.name, [invalid(f"metadata.{key}", metadata[key], why)])
    found = api.served(call.resource).collection.get(target.namespace or "", target.name)
    if found is None:
        raise status.not_found("", "serviceaccounts", target.name)
    asked = metadata.get("uid")
    if asked and asked != found.uid:
        why = (
            f"the UID in the token request ({asked}) does not match the UID of the service "
            f"account ({found.uid})"
        )
        raise status.conflict(GROUP, KIND, target.name, why)
    return found


def _check_spec(spec: Object) -> None:
    path, seconds = "spec.expirationSeconds", spec["expirationSeconds"]
    problems = []
    if not isinstance(seconds, int) or seconds < _SHORTEST:
        why = "may not specify a duration less than 10 minutes"
        problems.append(invalid(path, seconds, why))
    elif seconds > _LONGEST:
        why = "may not specify a duration larger than 2^32 seconds"
        problems.append(invalid(path, seconds, why))
    if problems:
        raise _invalid("", problems)


def _invalid(name: str, problems: list[FieldError]) -> status.StatusError:
    causes = [
        {"reason": each.type, "message": message(each), "field": each.field} for each in problems
    ]
    return status.invalid(GROUP, KIND, name, causes)


def _bound(api: Api, account: Entry, reference: Object | None) -> Object:
    """The claims about the object that a token shall live as long as. Raises StatusError."""
    if not reference:
        return {}
    kind, version = reference.get("kind", ""), reference.get("apiVersion", "")
    plural = _BINDABLE.get(kind)
    if plural is None or "/" in version:
        group, _, short = version.rpartition("/")
        shown = f"{group}/{short}, Kind={kind}"
        raise status.bad_request(f"cannot bind token to object of type {shown}")
    name = reference.get("name", "")
    space = "" if kind == "Node" else account.key.namespace
    found = api.builtin("", "v1", plural).collection.get(space, name)
    if found is None:
        raise status.not_found("", plural, name)
    claims: Object = {kind.lower(): {"name": name, "uid": found.uid}}
    if kind == "Pod":
        claims |= _of_pod(api, account, found)
    asked = reference.get("uid")
    if asked and asked != found.uid:
        why = (
            f"the UID in the bound object reference ({asked}) does not match the UID in record. "
            "The object might have been deleted and then recreated"
        )
        raise status.conflict("", kind, name, why)
    return claims


def _of_pod(api: Api, account: Entry, pod: Entry) -> Object:
    """What a pod's token says of its node."""
    spec = pod.parsed().get("spec") or {}
    if spec.get("serviceAccountName", "") != account.key.name:
        raise status.bad_request(
            f'cannot bind token for serviceaccount "{account.key.name}" to pod running with '
            "different serviceaccount name."
        )
    name = spec.get("nodeName")
    if not name:
        return {}
    node = api.builtin("", "v1", "nodes").collection.get("", name)
    return {"node": {"name": name, "uid": node.uid} if node is not None else {"name": name}}
