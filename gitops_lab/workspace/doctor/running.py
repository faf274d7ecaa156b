"""Running a program to ask it something, for so long and no longer."""

import shutil
import subprocess
from dataclasses import dataclass

from gitops_lab.workspace.doctor.model import Machine

SECONDS = 10.0


@dataclass(frozen=True)
class Answer:
    """What a program printed; `code` is None when it did not end in time."""

    code: int | None
    out: str
    err: str

    @property
    def fine(self) -> bool:
        """Whether it ended with 0."""
        return self.code == 0


def find(machine: Machine, program: str) -> str:
    """Where a program is; "" when it isn't on PATH."""
    return shutil.which(program, path=machine.path) or ""


def ask(machine: Machine, *command: str, seconds: float = SECONDS) -> Answer:
    """Run it and read what it prints. A program that can't be run answers with code 127."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=seconds,
            stdin=subprocess.DEVNULL,
            env=dict(machine.environment),
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(None, "", f"no answer within {seconds:.0f} s")
    except OSError as error:
        return Answer(127, "", str(error))
    return Answer(done.returncode, done.stdout, done.stderr)


def version_of(text: str) -> tuple[int, ...]:
    """The first version in a text as numbers: (2, 39, 5) of "git version 2.39.5"; () if none."""
    for word in text.replace(",", " ").split():
        numbers = word.lstrip("v").split("-")[0].split("+")[0].split(".")
        if len(numbers) > 1 and numbers[0].isdigit() and numbers[1].isdigit():
            return tuple(int(number) for number in numbers if number.isdigit())
    return ()


def dotted(version: tuple[int, ...]) -> str:
    """`2.39.5`."""
    return ".".join(map(str, version))
