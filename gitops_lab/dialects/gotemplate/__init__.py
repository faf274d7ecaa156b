"""Go's text/template with Sprig's functions, as GitOps controllers use them. Pure.

`render(text, data)` is all that others need; `TemplateError` says what Go would say. Numbers from
YAML or JSON are `float`, as in Go; whole numbers written in the template are `int`.
"""

from gitops_lab.dialects.gotemplate.errors import TemplateError
from gitops_lab.dialects.gotemplate.functions import FUNCTIONS
from gitops_lab.dialects.gotemplate.render import Template, render
from gitops_lab.dialects.gotemplate.signature import Function
from gitops_lab.dialects.gotemplate.values import from_json

__all__ = ["FUNCTIONS", "Function", "Template", "TemplateError", "from_json", "render"]
