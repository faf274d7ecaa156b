"""How a reconciliation of a Kustomization ends when it does not end well."""

WAIT_FOR_OTHERS = 30.0
"""Seconds until a Kustomization looks again for what it waits for."""


class Failed(Exception):
    """It is tried again after `retryInterval`; reason and message stand in Ready.

    `told` is what the event says: the message when it is "".
    """

    def __init__(self, reason: str, message: str, told: str = "") -> None:
        super().__init__(message)
        self.reason, self.message, self.told = reason, message, told or message


class Stalled(Failed):
    """Nobody tries again before the resource changes."""


class Waits(Failed):
    """Something that it needs is not there yet; looked at again after `pause` seconds.

    `told` is what the event says, none when it is "".
    """

    def __init__(
        self, reason: str, message: str, told: str = "", *, pause: float = WAIT_FOR_OTHERS
    ) -> None:
        super().__init__(reason, message)
        self.told, self.pause = told, pause  # it says nothing where there is nothing


BUILD, ARTIFACT, APPLY = "BuildFailed", "ArtifactFailed", "ReconciliationFailed"
PRUNE, HEALTH = "PruneFailed", "HealthCheckFailed"
DEPENDENCY, BAD_CEL = "DependencyNotReady", "InvalidCELExpression"
TERMINAL = "Reconciliation failed terminally due to configuration error"
