"""Asking the clusters for what a render depends on; only what this App needs is asked for."""

import base64
from collections.abc import Mapping
from typing import Any

from gitops_lab.engine.app import App
from gitops_lab.engine.errors import RenderError, SourceError
from gitops_lab.engine.origin import Sources
from gitops_lab.engine.render.helm import is_chart
from gitops_lab.engine.render.inputs import KUBE_VERSION, Inputs
from gitops_lab.engine.render.sops.crypt import identities_in
from gitops_lab.engine.source import Artifact, Commit
from gitops_lab.errors import Place
from gitops_lab.kube import Client
from gitops_lab.kube.errors import ApiError, NotFound

_KEY_FILE = ".agekey"


def gather_inputs(
    app: App, artifact: Artifact, home: Client | None, target: Client | None
) -> Inputs:
    """The variables and keys beside the App (in `home`), and what the target cluster serves.

    Without a client the answer is what can be known without it. Raises RenderError.
    """
    variables = _variables(app, home) if home else {}
    keys = _keys(app, home) if home else ()
    charts = any(is_chart(one.path) for one in (artifact, *artifact.others))
    version, served = _target(target) if charts and target else (KUBE_VERSION, ())
    return Inputs(variables, keys, version, served)


def check_signature(app: App, commit: Commit, sources: Sources, home: Client | None) -> None:
    """Raise SourceError unless the commit is signed as the App asks."""
    verify = app.source.verify
    if verify is None or home is None:
        return
    try:
        data = _data(home, app, "Secret", verify.secret, "spec.source.verify.secret")
    except RenderError as error:
        raise SourceError(
            error.message, reason=error.reason, hint=error.hint, place=error.place
        ) from error
    keys = tuple(value.decode("utf-8", "replace") for _, value in sorted(data.items()))
    sources.verify(app.source, commit, keys)


def _variables(app: App, home: Client) -> dict[str, str]:
    found: dict[str, str] = {}
    for index, source in enumerate(app.post_build.sources if app.post_build else ()):
        field = f"spec.postBuild.substituteFrom[{index}]"
        data = _data(home, app, source.kind, source.name, field, optional=source.optional)
        found |= {name: value.decode("utf-8", "replace") for name, value in data.items()}
    return found


def _keys(app: App, home: Client) -> tuple[str, ...]:
    if app.decryption is None:
        return ()
    field = "spec.decryption.secret"
    data = _data(home, app, "Secret", app.decryption.secret, field)
    files = [value for name, value in sorted(data.items()) if name.endswith(_KEY_FILE)]
    keys = [key for file in files for key in identities_in(file.decode("utf-8", "replace"))]
    if not keys:
        raise RenderError(
            f"the Secret {app.decryption.secret} holds no age key.",
            reason="NoKey",
            place=Place(field=field),
            hint=f"Give it an entry whose name ends with {_KEY_FILE}: "
            "`kubectl create secret generic NAME --from-file=age.agekey=key.txt`.",
            retry=True,
        )
    return tuple(dict.fromkeys(keys))


def _data(
    home: Client, app: App, kind: str, name: str, field: str, *, optional: bool = False
) -> Mapping[str, bytes]:
    """The entries of a ConfigMap or a Secret beside the App."""
    try:
        obj = home.get("v1", kind, name, app.namespace)
    except NotFound as error:
        if optional:
            return {}
        raise RenderError(
            f"there is no {kind} {name} in namespace {app.namespace}.",
            reason="InputMissing",
            place=Place(field=field),
            hint=f"Create it beside the App, or correct {field}.",
            retry=True,
        ) from error
    except ApiError as error:
        raise RenderError(
            f"can't read {kind} {name}: {error.message}",
            reason="InputUnreadable",
            place=Place(field=field),
            hint=error.hint,
            retry=True,
        ) from error
    data: dict[str, Any] = obj.get("data") or {}
    if kind == "Secret":
        return {key: base64.b64decode(value) for key, value in data.items()}
    return {key: str(value).encode() for key, value in data.items()}


def _target(client: Client) -> tuple[str, tuple[str, ...]]:
    """The version of a cluster, and all it serves as `group/version` and `group/version/Kind`."""
    try:
        version = str(client.request("GET", "/version")["gitVersion"])
        served = client.resources()
    except ApiError as error:
        raise RenderError(
            f"can't ask the cluster for what it serves: {error.message}",
            reason="ClusterUnavailable",
            hint=error.hint,
            retry=True,
        ) from error
    names = {name for one in served for name in (one.api_version, f"{one.api_version}/{one.kind}")}
    return version, tuple(sorted(names))
