"""Tables: what `kubectl get` prints is computed by the server, with its columns for each kind."""

from gitops_lab.apiserver.tables.jsonpath import find
from gitops_lab.apiserver.tables.render import partial_object, printer_for, table

__all__ = ["find", "partial_object", "printer_for", "table"]
