"""Reviews: requests that are answered and not kept (who am I, may I, is this token good)."""

from collections.abc import Callable

from gitops_lab.apiserver import fields, status
from gitops_lab.apiserver.config import ADMIN_GROUP, User
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.verbs.decoding import read_object
from gitops_lab.apiserver.verbs.normal import normal
from gitops_lab.apiserver.views.negotiate import refuse_other_forms
from gitops_lab.kube.objects import Object

_EVERYTHING = {
    "verbs": ["*"],
    "apiGroups": ["*"],
    "resources": ["*"],
}


async def review(api: Api, call: Call) -> Answer:
    """POST of a review: the object comes back with its status."""
    resource = call.resource
    refuse_other_forms(call)
    asked = normal(resource, read_object(call))
    if resource.kind == "SelfSubjectRulesReview":
        # The genuine server answers this one with nothing of what was asked.
        return Answer.of({**asked, "spec": {}, "status": _rules(api, call.user, asked)}, 201)
    if resource.kind in _ABOUT_ACCESS:
        _check_attributes(call, asked.get("spec") or {})
    obj = fields.on_write(
        None,
        asked,
        manager=call.field_manager,
        schema=resource.schema,
        now=now(),
        api_version=resource.api_version,
    )
    obj["status"] = REVIEWS[resource.kind](api, call.user, obj)
    return Answer.of(obj, 201)


def _check_attributes(call: Call, spec: Object) -> None:
    if bool(spec.get("resourceAttributes")) == bool(spec.get("nonResourceAttributes")):
        why = "exactly one of nonResourceAttributes or resourceAttributes must be specified"
        cause = {
            "reason": "FieldValueInvalid",
            "message": f"Invalid value: null: {why}",
            "field": "spec",
        }
        # The genuine server leaves the kind's name out here.
        raise status.invalid(call.resource.group, "", "", [cause])


def _self_access(api: Api, user: User, obj: Object) -> Object:
    return _access(user.is_admin)


def _access_of_others(api: Api, user: User, obj: Object) -> Object:
    return _access(ADMIN_GROUP in ((obj.get("spec") or {}).get("groups") or []))


def _access(allowed: bool) -> Object:
    return {"allowed": True} if allowed else {"allowed": False, "reason": "not an administrator"}


def _rules(api: Api, user: User, obj: Object) -> Object:
    if not user.is_admin:
        return {"resourceRules": [], "nonResourceRules": [], "incomplete": False}
    return {
        "resourceRules": [_EVERYTHING],
        "nonResourceRules": [{"verbs": ["*"], "nonResourceURLs": ["*"]}],
        "incomplete": False,
    }


def _who(api: Api, user: User, obj: Object) -> Object:
    obj["metadata"]["creationTimestamp"] = now()
    return {"userInfo": _user_info(user)}


def _token(api: Api, user: User, obj: Object) -> Object:
    token = (obj.get("spec") or {}).get("token")
    if not token:
        raise status.bad_request("token is required for TokenReview in authentication")
    found = api.authenticator.user(f"Bearer {token}".encode())
    if found is None:
        return {"user": {}, "error": "invalid bearer token"}
    audiences = (obj.get("spec") or {}).get("audiences") or []
    return {"authenticated": True, "user": _user_info(found), "audiences": audiences}


def _user_info(user: User) -> Object:
    info: Object = {"username": user.name, "groups": list(user.groups)}
    return {**info, "uid": user.uid} if user.uid else info


_ABOUT_ACCESS = ("SelfSubjectAccessReview", "SubjectAccessReview", "LocalSubjectAccessReview")
REVIEWS: dict[str, Callable[[Api, User, Object], Object]] = {
    "LocalSubjectAccessReview": _access_of_others,
    "SelfSubjectAccessReview": _self_access,
    "SelfSubjectReview": _who,
    "SelfSubjectRulesReview": _rules,
    "SubjectAccessReview": _access_of_others,
    "TokenReview": _token,
}
