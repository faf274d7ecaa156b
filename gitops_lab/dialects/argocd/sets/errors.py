"""What ends the work on an ApplicationSet, with the reason that its condition gives."""

from gitops_lab.errors import GitOpsLabError

GENERATION = "ApplicationGenerationFromParamsError"
RENDERING = "RenderTemplateParamsError"
VALIDATION = "ApplicationValidationError"
CREATING = "CreateApplicationError"
UPDATING = "UpdateApplicationError"
DELETING = "DeleteApplicationError"


class SetError(GitOpsLabError):
    """An ApplicationSet that can't be carried out as it stands."""

    default_reason = GENERATION
