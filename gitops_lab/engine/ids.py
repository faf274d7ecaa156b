"""The id of an App: the mark of its objects, and its name among all Apps of a workspace. Pure."""

NATIVE = "native"


def app_id(front: str, namespace: str, name: str) -> str:
    """`namespace/name`, after `front:` where the App is no GitOpsApp."""
    prefix = "" if front == NATIVE else f"{front}:"
    return f"{prefix}{namespace}/{name}"
