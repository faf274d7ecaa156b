"""Label and field selectors: what a list, a watch or a deletecollection is restricted to."""

from gitops_lab.apiserver.selectors.fields import FieldSelector, parse_fields
from gitops_lab.apiserver.selectors.labels import LabelSelector, parse_labels

__all__ = ["FieldSelector", "LabelSelector", "parse_fields", "parse_labels"]
