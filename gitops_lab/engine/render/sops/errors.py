"""What can be wrong with an encrypted file."""


class SopsError(Exception):
    """A file can't be opened; `reason` is NoKey, Tampered or InvalidSops."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(f"{message}.")
        self.reason = reason
