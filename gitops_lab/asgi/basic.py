"""Who may speak to the Git server and the registry: one user, one token (RFC 7617)."""

import base64
import binascii
import hmac

USER = "learner"
"""The only user."""
CHALLENGE = b'Basic realm="gitops-lab", charset="UTF-8"'


class BasicAuth:
    """Compares in constant time."""

    def __init__(self, token: str) -> None:
        self._expected = f"{USER}:{token}".encode()

    def allows(self, header: bytes) -> bool:
        """Whether an Authorization header carries the user and the token."""
        scheme, _, encoded = header.partition(b" ")
        if scheme.lower() != b"basic":
            return False
        try:
            given = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(given, self._expected)
