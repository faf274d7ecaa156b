"""serviceaccounts/token: a signed, expiring token for a ServiceAccount."""

import time
from datetime import UTC, datetime

from gitops_lab.apiserver import status
from gitops_lab.apiserver.http.auth import ISSUER
from gitops_lab.apiserver.http.call import Answer, Call
from gitops_lab.apiserver.served import Api
from gitops_lab.apiserver.times import now
from gitops_lab.apiserver.verbs.decoding import read_object

_HOUR = 3600
_SHORTEST = 600


async def create_token(api: Api, call: Call) -> Answer:
    """POST of a TokenRequest."""
    request = read_object(call, "TokenRequest", "authentication.k8s.io/v1")
    served = api.served(call.resource)
    account = served.collection.get(call.target.namespace or "", call.target.name)
    if account is None:
        raise status.not_found("", "serviceaccounts", call.target.name)
    spec = request.setdefault("spec", {})
    seconds = int(spec.setdefault("expirationSeconds", _HOUR))
    if seconds < _SHORTEST:
        cause = {
            "reason": "FieldValueInvalid",
            "message": f"Invalid value: {seconds}: may not specify a duration less than 10 minutes",
            "field": "spec.expirationSeconds",
        }
        raise status.invalid("authentication.k8s.io", "TokenRequest", "", [cause])
    spec.setdefault("audiences", [ISSUER])
    expires = int(time.time()) + seconds
    token = api.authenticator.sign(
        {
            "aud": spec["audiences"],
            "exp": expires,
            "iat": int(time.time()),
            "iss": ISSUER,
            "sub": f"system:serviceaccount:{account.key.namespace}:{account.key.name}",
            "kubernetes.io": {
                "namespace": account.key.namespace,
                "serviceaccount": {
                    "name": account.key.name,
                    "uid": account.parsed()["metadata"]["uid"],
                },
            },
        }
    )
    when = datetime.fromtimestamp(expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    request["metadata"] = {
        "name": account.key.name,
        "namespace": account.key.namespace,
        "creationTimestamp": now(),
    }
    request["status"] = {"token": token, "expirationTimestamp": when}
    return Answer.of(request, 201)
