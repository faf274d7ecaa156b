"""What is encrypted and stays so: in kustomize-controller's words."""

from pathlib import Path

from gitops_lab.dialects.flux.kustomize.failures import APPLY, BUILD, Failed
from gitops_lab.dialects.flux.kustomize.spec import GROUP
from gitops_lab.dialects.flux.ssa.changes import subject
from gitops_lab.dialects.flux.ssa.drift import marked
from gitops_lab.engine.errors import RenderError
from gitops_lab.kube import Object, ObjectKey
from gitops_lab.kube.objects import name_of, namespace_of, split_api_version
from gitops_lab.kube.yamls import YamlError, load_all

_OPT_OUT = {f"{GROUP}/decrypt": "disabled"}
_WRONG_KEY = """\
    - | failed to create reader for decrypting sops data key with
      | age: identity did not match any of the recipients: incorrect
      | identity for recipient block
"""
_LAST_WORDS = """\
Recovery failed because no master key was able to decrypt the file. In
order for SOPS to recover the file, at least one key has to be successful,
but none were."""


def refuse_sealed(objects: list[Object]) -> None:
    """What is encrypted still is of no use to a cluster. Raises Failed.

    Only what can't be read as a Secret gets here with SOPS' marks: of an encrypted `stringData`
    they are dropped with all other unknown fields, and the text is applied as it is.
    """
    for obj in objects:
        sealed = obj["kind"] == "Secret" and isinstance(obj.get("sops"), dict)
        if sealed and not marked(obj, _OPT_OUT):
            raise Failed(
                APPLY,
                f"{subject(ObjectKey.of(obj))} is SOPS encrypted, configuring decryption is "
                "required for this secret to be reconciled",
            )


def not_opened(root: Path, error: RenderError) -> Failed:
    """The failure of a file that could not be opened."""
    obj = _object_in(root / error.place.file)
    if error.reason != "NoKey" or obj is None:
        return Failed(BUILD, f"error decrypting sources: {error.place.file}: {error.message}")
    group, version = split_api_version(str(obj["apiVersion"]))
    kind, name = obj["kind"], name_of(obj)
    names = [str(key.get("recipient")) for key in obj["sops"].get("age") or []]
    groups = "".join(f"  {one}: FAILED\n{_WRONG_KEY}" for one in names)
    return Failed(
        BUILD,
        f"decryption failed for '{kind}.{version}.{group or '[noGrp]'}/{name}': failed to decrypt "
        f"and format '{namespace_of(obj)}/{name}' {kind} data: cannot get sops data key: Failed to "
        "get the data key required to decrypt the SOPS file.\n\n"
        f"Group 0: FAILED\n{groups}\n{_LAST_WORDS}",
    )


def _object_in(file: Path) -> Object | None:
    """The encrypted object of a file; None where it has no one such."""
    try:
        found = [document.obj for document in load_all(file.read_text(errors="replace"))]
    except (YamlError, OSError):
        return None
    sealed = [obj for obj in found if isinstance(obj, dict) and isinstance(obj.get("sops"), dict)]
    named = [obj for obj in sealed if obj.get("kind") and isinstance(obj.get("metadata"), dict)]
    return named[0] if named else None
