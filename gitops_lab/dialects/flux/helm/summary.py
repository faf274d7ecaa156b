"""The Ready condition of a HelmRelease, which sums up Remediated, TestSuccess and Released."""

import hashlib
import json
from typing import Any

from gitops_lab.dialects.flux.draft import READY, STALLED, Draft
from gitops_lab.dialects.flux.helm.spec import ReleaseSpec

RELEASED, REMEDIATED, TEST_SUCCESS = "Released", "Remediated", "TestSuccess"


def summarize(draft: Draft, spec: ReleaseSpec) -> None:
    """Set Ready from what was observed at the newest generation; the first of the three decides."""
    if not spec.tests:
        draft.unmark(TEST_SUCCESS)
    tests = [TEST_SUCCESS] if spec.tests and not spec.ignores_test_failures else []
    found = [draft.condition(kind) for kind in (REMEDIATED, *tests, RELEASED)]
    found = [one for one in found if one]
    if found:
        newest = max(int(one.get("observedGeneration") or 0) for one in found)
        first = next(one for one in found if int(one.get("observedGeneration") or 0) == newest)
        # Whatever had to be remedied is an error, even when it was remedied well.
        status = "False" if first["type"] == REMEDIATED else str(first["status"])
        if status == "True":
            draft.unmark(STALLED)
        draft.mark(READY, status, str(first["reason"]), str(first["message"]))
    _digests(draft, spec)


def _digests(draft: Draft, spec: ReleaseSpec) -> None:
    for field, key in _DIGESTS.items():
        if value := spec.spec.get(field):
            draft.status[key] = digest_of(value)
        else:
            draft.status.pop(key, None)


_DIGESTS = {
    "postRenderers": "observedPostRenderersDigest",
    "commonMetadata": "observedCommonMetadataDigest",
}


def digest_of(value: Any) -> str:
    """`sha256:…` of a part of the spec."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"))
    return f"sha256:{hashlib.sha256(text.encode()).hexdigest()}"


def unobserved(draft: Draft, spec: ReleaseSpec) -> str:
    """Which part of the spec is another than the last release was made with; "" for none."""
    for field, key in _DIGESTS.items():
        value = spec.spec.get(field)
        if (digest_of(value) if value else "") != (draft.status.get(key) or ""):
            return "postrenderers" if field == "postRenderers" else "common metadata"
    return ""
