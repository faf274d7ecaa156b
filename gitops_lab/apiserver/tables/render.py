"""From objects to a Table (meta.k8s.io/v1), the answer that kubectl prints."""

from collections.abc import Iterable
from typing import Any, Literal

from gitops_lab.apiserver.tables import cluster, network, pods, resources, workloads
from gitops_lab.apiserver.tables.columns import NAME, Column, Object, Printer, name_of
from gitops_lab.apiserver.tables.custom import custom_printer
from gitops_lab.apiserver.types.registry import Resource

Include = Literal["None", "Metadata", "Object"]

PRINTERS: dict[tuple[str, str], Printer] = {
    **pods.PRINTERS,
    **workloads.PRINTERS,
    **network.PRINTERS,
    **cluster.PRINTERS,
    **resources.PRINTERS,
}


def _created(obj: Object) -> list[Any]:
    return [name_of(obj), obj.get("metadata", {}).get("creationTimestamp")]


# What the real server answers for kinds without printers of their own (roles, CRDs …).
GENERIC = Printer((NAME, Column("Created At", "date", description="Time of creation")), _created)


def printer_for(resource: Resource) -> Printer:
    """The printer of a kind: its own, the one of its definition, or name and creation."""
    if resource.columns is not None:
        return custom_printer(resource.columns)
    return PRINTERS.get((resource.group, resource.kind), GENERIC)


def table(
    resource: Resource,
    objs: Iterable[Object],
    *,
    include_object: Include = "Metadata",
    list_meta: Object | None = None,
    headers: bool = True,
) -> Object:
    """A Table of objects.

    `list_meta` is the list's metadata; without it the table is of one object and takes its
    resourceVersion. `headers` False leaves the columns out, as in all but the first event of a
    watch. `include_object` is what each row carries of its object.
    """
    printer = printer_for(resource)
    them = list(objs)
    meta = dict(list_meta) if list_meta is not None else _meta_of(them)
    found: Object = {"kind": "Table", "apiVersion": "meta.k8s.io/v1", "metadata": meta}
    found["columnDefinitions"] = (
        [each.definition() for each in printer.columns] if headers else None
    )
    found["rows"] = [_row(printer, each, include_object) for each in them]
    return found


def _meta_of(objs: list[Object]) -> Object:
    version = objs[0].get("metadata", {}).get("resourceVersion") if len(objs) == 1 else None
    return {"resourceVersion": version} if version else {}


def _row(printer: Printer, obj: Object, include: Include) -> Object:
    row: Object = {"cells": printer.cells(obj)}
    conditions = printer.conditions(obj)
    if conditions:
        row["conditions"] = conditions
    row["object"] = _carried(obj, include)
    return row


def _carried(obj: Object, include: Include) -> Object | None:
    match include:
        case "None":
            return None
        case "Object":
            return obj
    return partial_object(obj)


def partial_object(obj: Object) -> Object:
    """The object's metadata alone."""
    return {
        "kind": "PartialObjectMetadata",
        "apiVersion": "meta.k8s.io/v1",
        "metadata": obj.get("metadata", {}),
    }
