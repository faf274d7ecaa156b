"""What the server's refusals mean, in words."""

from typing import Any

import pytest

from gitops_lab.engine.desired import Desired
from gitops_lab.engine.errors import ApplyError
from gitops_lab.engine.failures import refused
from gitops_lab.engine.semantics import Semantics
from gitops_lab.kube import ObjectKey
from gitops_lab.kube.errors import error_of, unreachable
from tests.engine.objects import config_map
from tests.engine.world import World, config_yaml

OBJ = config_map("a", {"v": "1"}, "web")
ONE = Desired(ObjectKey.of(OBJ), OBJ, b"", "deploy/a.yaml", 3)
TYPED = "failed to create typed patch object (web/a; /v1, Kind=ConfigMap):"


def status(code: int, reason: str, message: str, **details: Any) -> dict[str, Any]:
    return {"code": code, "reason": reason, "message": message, "details": details}


CASES = [
    (
        status(422, "Invalid", "no", causes=[{"field": "spec.replicas", "message": "negative"}]),
        ("InvalidObject", "spec.replicas", False, "Correct deploy/a.yaml and push again."),
    ),
    (
        status(422, "Invalid", "field is immutable", causes=[{"field": "spec.selector"}]),
        ("ImmutableField", "spec.selector", False, "delete the object"),
    ),
    (
        status(500, "InternalError", f"{TYPED} .data.v.x: field not declared in schema"),
        ("InvalidObject", "data.v.x", False, "Correct deploy/a.yaml and push"),
    ),
    (
        status(500, "", f"{TYPED} errors:\n  .spec.a: expected string\n  .spec.b: bad"),
        ("InvalidObject", "spec.a", False, "Correct deploy/a.yaml and push"),
    ),
    (
        status(404, "NotFound", 'namespaces "web" not found'),
        ("NamespaceMissing", "", True, "createNamespace"),
    ),
    (
        status(
            403,
            "Forbidden",
            "unable to create in web because it is being terminated: "
            "namespace web is being terminated",
        ),
        ("NamespaceTerminating", "", True, "Wait"),
    ),
    (status(403, "Forbidden", "user may not"), ("Forbidden", "", True, "right")),
    (
        status(409, "Conflict", "Apply failed with 1 conflict", causes=[{"field": ".data.v"}]),
        ("FieldConflict", "data.v", True, "Another manager"),
    ),
    (
        status(400, "", 'admission webhook "tags.example.com" denied the request: no latest'),
        ("AdmissionDenied", "", True, "so that the webhook tags.example.com lets it pass"),
    ),
    (
        status(
            422,
            "Invalid",
            "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'short' with binding 'all' "
            "denied request: too long",
        ),
        ("AdmissionDenied", "", True, "the policy short"),
    ),
    (
        status(403, "Forbidden", 'pods "a" is forbidden: violates PodSecurity "restricted:latest"'),
        ("AdmissionDenied", "", True, "the Pod Security Standard restricted"),
    ),
    (
        status(500, "InternalError", 'failed calling webhook "tags.example.com": no endpoints'),
        ("WebhookUnavailable", "", True, "tags.example.com, which does not answer"),
    ),
    (
        status(403, "Forbidden", "exceeded quota: small, requested: pods=1, used: pods=4"),
        ("QuotaExceeded", "", True, "kubectl describe quota small"),
    ),
    (status(429, "TooManyRequests", "slow down"), ("ClusterUnavailable", "", True, "again")),
    (status(401, "Unauthorized", "who"), ("Unauthorized", "", True, "credentials")),
]


@pytest.mark.parametrize(("answer", "expected"), CASES, ids=lambda v: str(v)[:40])
def test_a_refusal_says_where_and_what_to_do(
    answer: dict[str, Any], expected: tuple[str, str, bool, str]
) -> None:
    error = refused(error_of(answer, answer["code"]), ONE, ApplyError)

    reason, field, retry, hint = expected
    assert (error.reason, error.place.field, error.retry) == (reason, field, retry)
    assert hint in error.hint
    assert (error.place.file, error.place.line) == ("deploy/a.yaml", 3)
    assert error.place.object == "ConfigMap/web/a"


def test_no_answer_is_tried_again() -> None:
    error = refused(unreachable("https://x", "refused"), ONE, ApplyError)

    assert (error.reason, error.retry) == ("ClusterUnavailable", True)


class TestWithoutForce:
    """A dialect may not take fields over; then the conflict is named."""

    @pytest.fixture
    def world(self, world: World) -> World:
        world.loop.stop()
        world.semantics = Semantics(force_conflicts=False)
        world.restart()
        return world

    def test_a_field_that_another_owns_is_a_conflict_that_names_both(self, world: World) -> None:
        theirs = config_map("a", {"v": "theirs"}, world.namespace)
        world.client.apply(theirs, field_manager="rival")
        world.repo({"a.yaml": config_yaml("a", v="ours")})
        world.app()

        view = world.until_reason("FieldConflict")

        assert "rival" in view.status.message
        assert view.status.place.field == "data.v"
        assert world.config_map("a")["data"] == {"v": "theirs"}
