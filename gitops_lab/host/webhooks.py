"""The webhook of a workspace: who changed a repository past our Git server can say so."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from gitops_lab.git import GitError, Push, Repositories
from gitops_lab.git.pushes import ZERO, OnPush, RefUpdate
from gitops_lab.git.webhooks import Told, WebhookRefused, read_webhook
from gitops_lab.workspace.page import WEBHOOK

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Webhooks:
    """Tells `on_push` of what a signed call tells; nothing is fetched from anywhere."""

    repositories: Repositories
    on_push: OnPush
    secret: str

    def called(self, path: str, headers: Mapping[bytes, bytes], body: bytes) -> int:
        """Answer a call: 202 when somebody was told, 200 when there was nothing to tell."""
        if path != WEBHOOK:
            return HTTPStatus.NOT_FOUND
        try:
            told = read_webhook(headers, body, self.secret)
            return self._pass_on(told) if told else HTTPStatus.OK
        except WebhookRefused as error:
            log.warning("a webhook call is refused: %s", error.message)
            return error.status
        except GitError as error:
            log.warning("a webhook call: %s", error.message)
            return HTTPStatus.NOT_FOUND

    def _pass_on(self, told: Told) -> int:
        names = self.repositories.names()
        if told.repo and told.repo not in names:
            log.warning("a webhook call names %s; there are: %s", told.repo, ", ".join(names))
            return HTTPStatus.NOT_FOUND
        for name in [told.repo] if told.repo else names:
            refs = self.repositories.refs(name)
            moved = [told.ref] if told.ref else [*refs]
            updates = tuple(RefUpdate(ref, ZERO, refs.get(ref, ZERO)) for ref in moved)
            self.on_push(Push(name, updates))
        return HTTPStatus.ACCEPTED
