"""Reading live objects with few requests: one by one when few, by list when many."""

from collections import defaultdict
from collections.abc import Iterable

from gitops_lab.engine.failures import reading_failed
from gitops_lab.engine.inventory import Entry
from gitops_lab.kube import Client, Object, ObjectKey
from gitops_lab.kube.errors import ApiError, NotFound

_LIST_FROM = 5


def read_all(client: Client, entries: Iterable[Entry]) -> dict[ObjectKey, Object]:
    """The live objects that exist. Raises PlanError when the cluster does not answer."""
    groups: dict[tuple[str, str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.api_version, entry.key.kind, entry.key.namespace].append(entry)
    found: dict[ObjectKey, Object] = {}
    for (api_version, kind, namespace), group in groups.items():
        try:
            found.update(_read_group(client, api_version, kind, namespace, group))
        except NotFound:
            continue  # the kind itself is gone, and its objects with it
        except ApiError as error:
            raise reading_failed(error) from error
    return found


def _read_group(
    client: Client, api_version: str, kind: str, namespace: str, group: list[Entry]
) -> dict[ObjectKey, Object]:
    if len(group) >= _LIST_FROM:
        wanted = {entry.key for entry in group}
        items = client.list(api_version, kind, namespace).items
        return {key: obj for obj in items if (key := ObjectKey.of(obj)) in wanted}
    found = {}
    for entry in group:
        try:
            found[entry.key] = client.get(api_version, kind, entry.key.name, namespace)
        except NotFound:
            continue
    return found
