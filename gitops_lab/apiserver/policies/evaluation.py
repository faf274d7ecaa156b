"""What a policy's expressions say of a request.

Words and order are those of the genuine server's plugin; what an expression costs is estimated
from the sizes of the objects, as for rules of custom resources.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gitops_lab.apiserver.policies.matching import Request
from gitops_lab.apiserver.rules.evaluation import CALL_LIMIT, STEP_COST
from gitops_lab.apiserver.rules.program import CelError, Expression, compiled
from gitops_lab.apiserver.rules.structs import as_maps
from gitops_lab.apiserver.rules.values import size_of
from gitops_lab.apiserver.validation.admission import NAMES
from gitops_lab.kube.objects import Object

Fields = dict[str, Any]
_LONGEST_MESSAGE = 5 * 1024


@dataclass(frozen=True)
class Denial:
    """A validation that failed, or an expression that could not be evaluated."""

    message: str
    reason: str = ""
    index: int = 0


class Evaluation:
    """One policy, one request, one parameter object (None: the policy takes none)."""

    def __init__(self, policy: Object, request: Request, params: Object | None) -> None:
        self._spec: Fields = policy["spec"]
        self._given: dict[str, Any] = {
            "object": request.new,
            "oldObject": request.old,
            "request": described(request),
            "params": params,
            "namespaceObject": _shown_namespace(request),
        }
        self._size = sum(size_of(each)[0] for each in request.objects)
        self._failed: dict[str, str] = {}

    def denials(self) -> list[Denial]:
        """What fails; nothing where a matchCondition does not hold."""
        try:
            if not self.applies():
                return []
        except CelError as error:
            return self._for_error(str(error))
        return list(self._validations())

    def see(self, new: Object) -> None:
        """Go on with the object as it is by now, and with variables that speak of it."""
        self._given["object"] = new
        self._failed.clear()
        self._given["variables"] = self._variables()

    def annotations(self) -> Iterator[tuple[str, str]]:
        """What goes into the audit log. Raises CelError where failurePolicy is Fail."""
        for each in self._spec.get("auditAnnotations") or ():
            try:
                value = self.run(each["valueExpression"])
            except CelError:
                if self.ignores:
                    continue
                raise
            if isinstance(value, str) and value.strip():
                yield each["key"], value.strip()

    @property
    def ignores(self) -> bool:
        """Whether what can't be evaluated is passed over."""
        return bool(self._spec.get("failurePolicy") == "Ignore")

    def _for_error(self, message: str, index: int = 0) -> list[Denial]:
        return [] if self.ignores else [Denial(message, index=index)]

    def applies(self) -> bool:
        """Whether the matchConditions hold; then the variables are there.

        Raises CelError when none is false and one can't be evaluated.
        """
        problems = []
        for each in self._spec.get("matchConditions") or ():
            try:
                if self.run(each["expression"]) is False:
                    return False
            except CelError as error:
                problems.append(str(error))
        if problems:
            raise CelError(problems[0] if len(problems) == 1 else f"[{', '.join(problems)}]")
        self._given["variables"] = self._variables()
        return True

    def _variables(self) -> dict[str, Any]:
        """In their order: each may speak of those before. A failed one matters where it is used."""
        found: dict[str, Any] = {}
        self._given["variables"] = found
        for each in self._spec.get("variables") or ():
            name = each["name"]
            try:
                found[name] = self._evaluate(each["expression"])
            except CelError as error:
                self._failed[name] = f'composited variable "{name}" fails to evaluate: {error}'
        return found

    def _validations(self) -> Iterator[Denial]:
        for index, each in enumerate(self._spec.get("validations") or ()):
            try:
                kept = self.run(each["expression"])
            except CelError as error:
                yield from self._for_error(str(error), index)
                continue
            if kept is not True:
                yield Denial(self._message(each), each.get("reason", ""), index)

    def _message(self, validation: Fields) -> str:
        message = ""
        if validation.get("messageExpression"):
            try:
                found = self.run(validation["messageExpression"])
            except CelError:
                found = ""
            message = found.strip() if isinstance(found, str) else ""
            if "\n" in message or len(message.encode()) > _LONGEST_MESSAGE:
                message = ""
        message = message or validation.get("message", "").strip()
        return message or f"failed expression: {validation['expression'].strip()}"

    def run(self, text: str) -> Any:
        """The value of an expression. Raises CelError in the plugin's words."""
        try:
            return self._evaluate(as_maps(text))
        except CelError as error:
            raise CelError(f"expression '{text}' resulted in error: {error}") from None

    def _evaluate(self, text: str) -> Any:
        expression = compiled(text, NAMES)
        self._check_cost(expression)
        try:
            return expression.run(self._given)
        except CelError as error:
            # A variable that failed is not there: where it is asked for, this is why.
            name = str(error).removeprefix("no such key: ")
            raise CelError(self._failed.get(name, str(error))) from None

    def _check_cost(self, expression: Expression) -> None:
        cost = STEP_COST * max(self._size, 1) ** max(expression.depth, 0)
        if expression.depth > 1 and cost > CALL_LIMIT:
            raise CelError("operation cancelled: actual cost limit exceeded")


def described(request: Request) -> Fields:
    """The variable `request`: an AdmissionRequest without the objects."""
    call = request.call
    resource = call.resource
    kind = {"group": resource.group, "version": resource.version, "kind": resource.kind}
    plural = {"group": resource.group, "version": resource.version, "resource": resource.plural}
    namespace = request.objects[0]["metadata"].get("namespace", "")
    if resource.group_resource == "namespaces":
        namespace = request.name
    return {
        "kind": kind,
        "requestKind": kind,
        "resource": plural,
        "requestResource": plural,
        "subResource": call.target.subresource,
        "requestSubResource": call.target.subresource,
        "name": request.name,
        "namespace": namespace,
        "operation": request.operation,
        "userInfo": {"username": call.user.name, "groups": list(call.user.groups), "extra": {}},
        "dryRun": call.dry_run,
        "options": {"kind": f"{request.operation.capitalize()}Options"},
    }


def _shown_namespace(request: Request) -> Mapping[str, Any] | None:
    if request.call.resource.group_resource == "namespaces":
        return None
    found = request.namespace
    if found is None:
        return None
    metadata = {k: v for k, v in found["metadata"].items() if k != "managedFields"}
    return {**found, "metadata": metadata}
