"""Reviews: requests that are answered and not kept (who am I, may I, is this token good)."""

from collections.abc import Callable

from gitops_lab.apiserver import fields, status
from gitops_lab.apiserver.config import User
from gitops_lab.apiserver.http.auth import ISSUER
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.rbac.attributes import Attributes
from gitops_lab.apiserver.rbac.rules import FULL_AUTHORITY, Rule, go_list
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.validation.errors import FieldError, invalid, message
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.identity import settle_namespace
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.apiserver.views.negotiate import refuse_other_forms
from gitops_lab.kube.objects import Object

_LOCAL = "LocalSubjectAccessReview"
_OTHERS = (_LOCAL, "SubjectAccessReview")
_ABOUT_ACCESS = ("SelfSubjectAccessReview", *_OTHERS)


async def review(api: Api, call: Call) -> Answer:
    """POST of a review: the object comes back with its status."""
    resource = call.resource
    refuse_other_forms(call)
    asked = normal(resource, read_object(call))
    if resource.kind == "SelfSubjectRulesReview":
        # The genuine server answers this one with nothing of what was asked.
        return Answer.of({**asked, "spec": {}, "status": _rules(api, call.user, asked)}, 201)
    if resource.kind == _LOCAL:
        settle_namespace(call, asked)
    obj = fields.on_write(
        None,
        asked,
        manager=call.field_manager,
        schema=resource.schema,
        now=now(),
        api_version=resource.api_version,
    )
    if resource.kind in _ABOUT_ACCESS:
        _check_access(call, obj)
    obj["status"] = REVIEWS[resource.kind](api, call.user, obj)
    return Answer.of(obj, 201)


def _check_access(call: Call, asked: Object) -> None:
    """Raises StatusError 422 or 400."""
    kind, spec = call.resource.kind, asked.get("spec") or {}
    problems = [*_attributes(spec), *_subject(kind, spec), *_metadata(kind, asked)]
    space = asked["metadata"].get("namespace", "")
    if kind == _LOCAL:
        problems += _local(spec, space)
    if problems:
        causes = [
            {"reason": each.type, "message": message(each), "field": each.field}
            for each in problems
        ]
        # The genuine server leaves the kind's name out here.
        raise status.invalid(call.resource.group, "", "", causes)
    if kind == _LOCAL and space != call.target.namespace:
        why = f"spec.resourceAttributes.namespace must match namespace: {call.target.namespace}"
        raise status.bad_request(why)


def _attributes(spec: Object) -> list[FieldError]:
    given = spec.get("nonResourceAttributes")
    if (spec.get("resourceAttributes") is None) != (given is None):
        return []
    why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
    return [invalid("spec", given, why)]


def _subject(kind: str, spec: Object) -> list[FieldError]:
    if kind not in _OTHERS or spec.get("user") or spec.get("groups"):
        return []
    return [invalid("spec.user", "", "at least one of user or group must be specified")]


def _metadata(kind: str, asked: Object) -> list[FieldError]:
    skipped = ("managedFields", "creationTimestamp", *(("namespace",) if kind == _LOCAL else ()))
    given = {key: value for key, value in asked["metadata"].items() if key not in skipped}
    if not any(given.values()):
        return []
    words = "must be empty except for namespace" if kind == _LOCAL else "must be empty"
    return [invalid("metadata", asked["metadata"], words)]


def _local(spec: Object, space: str) -> list[FieldError]:
    about = spec.get("resourceAttributes")
    problems = []
    if about is not None and about.get("namespace", "") != space:
        path = "spec.resourceAttributes.namespace"
        problems.append(invalid(path, about.get("namespace", ""), "must match metadata.namespace"))
    if spec.get("nonResourceAttributes") is not None:
        about = spec["nonResourceAttributes"]
        given = {key.title(): about.get(key, "") for key in ("path", "verb")}
        why = "disallowed on this kind of request"
        problems.append(invalid("spec.nonResourceAttributes", given, why))
    return problems


def _self_access(api: Api, user: User, obj: Object) -> Object:
    return _access(api, user, obj["spec"])


def _access_of_others(api: Api, user: User, obj: Object) -> Object:
    spec = obj["spec"]
    named = User(spec.get("user", ""), tuple(spec.get("groups") or ()), spec.get("uid", ""))
    return _access(api, named, spec)


def _access(api: Api, user: User, spec: Object) -> Object:
    decision = api.authorizer.decide(_asked(user, spec))
    found: Object = {"allowed": decision.allowed}
    if decision.reason:
        found["reason"] = decision.reason
    return found


def _asked(user: User, spec: Object) -> Attributes:
    about = spec.get("resourceAttributes")
    if about is None:
        about = spec["nonResourceAttributes"]
        return Attributes(user, about.get("verb", ""), path=about.get("path", "") or "/")
    keys = ("verb", "group", "resource", "subresource", "name", "namespace")
    return Attributes(user, *(str(about.get(key, "")) for key in keys))


def _rules(api: Api, user: User, obj: Object) -> Object:
    namespace = (obj.get("spec") or {}).get("namespace")
    if not namespace:
        raise status.bad_request("no namespace on request")
    rules, problem = api.authorizer.rules_of(user, namespace)
    if user.is_admin and not any(rule in rules for rule in FULL_AUTHORITY):
        rules = [*FULL_AUTHORITY, *rules]
    found: Object = {
        "resourceRules": _shown(rules, "resources"),
        "nonResourceRules": _shown(rules, "nonResourceURLs"),
        "incomplete": False,
    }
    return {**found, "evaluationError": problem} if problem else found


_KEPT = {
    "resources": ("verbs", "apiGroups", "resources", "resourceNames"),
    "nonResourceURLs": ("verbs", "nonResourceURLs"),
}


def _shown(rules: list[Rule], about: str) -> list[Object]:
    return [
        {key: rule[key] for key in _KEPT[about] if rule.get(key)}
        for rule in rules
        if rule.get(about)
    ]


def _who(api: Api, user: User, obj: Object) -> Object:
    obj["metadata"]["creationTimestamp"] = now()
    return {"userInfo": _user_info(user)}


def _token(api: Api, user: User, obj: Object) -> Object:
    spec = obj.get("spec") or {}
    if not spec.get("token"):
        raise status.bad_request("token is required for TokenReview in authentication")
    wanted = spec.get("audiences") or [ISSUER]
    account = api.authenticator.account(spec["token"])
    found = account.user if account else None
    if account is not None:
        wanted = [each for each in wanted if each in account.audiences]
        if not wanted:
            words = f"token audiences {go_list(account.audiences)} is invalid for the target "
            words += f"audiences {go_list(spec.get('audiences') or [ISSUER])}"
            return {"user": {}, "error": f"[invalid bearer token, {words}]"}
    else:
        found = api.authenticator.of_token(spec["token"])
    if found is None:
        return {"user": {}, "error": "invalid bearer token"}
    return {"authenticated": True, "user": _user_info(found), "audiences": wanted}


def _user_info(user: User) -> Object:
    info: Object = {"username": user.name}
    if user.uid:
        info["uid"] = user.uid
    info["groups"] = list(user.groups)
    if user.extra:
        info["extra"] = {key: list(values) for key, values in user.extra}
    return info


REVIEWS: dict[str, Callable[[Api, User, Object], Object]] = {
    "LocalSubjectAccessReview": _access_of_others,
    "SelfSubjectAccessReview": _self_access,
    "SelfSubjectReview": _who,
    "SelfSubjectRulesReview": _rules,
    "SubjectAccessReview": _access_of_others,
    "TokenReview": _token,
}
