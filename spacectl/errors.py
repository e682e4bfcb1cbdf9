"""The tree of errors: what went wrong, what to type next, and the exit status that a script sees."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

GRPC_STATUS_NAMES = (
    "OK",
    "CANCELLED",
    "UNKNOWN",
    "INVALID_ARGUMENT",
    "DEADLINE_EXCEEDED",
    "NOT_FOUND",
    "ALREADY_EXISTS",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "FAILED_PRECONDITION",
    "ABORTED",
    "OUT_OF_RANGE",
    "UNIMPLEMENTED",
    "INTERNAL",
    "UNAVAILABLE",
    "DATA_LOSS",
    "UNAUTHENTICATED",
)


class SpacectlError(Exception):
    """A failure that the user can understand: one line, hints for the next command, and an exit status.

    `message` is one line without a full stop; each hint names something to type or to change.
    """

    exit_status = 1

    def __init__(self, message: str, *hints: str) -> None:
        super().__init__(message)
        self.message = message
        self.hints = hints

    def as_dict(self) -> dict[str, Any]:
        """The error as plain values, the form in which `--error-format json` prints it."""
        error: dict[str, Any] = {"message": self.message, "exit_status": self.exit_status}
        if self.hints:
            error["hints"] = list(self.hints)
        return error


class UsageError(SpacectlError):
    """The command line or the input is wrong; nothing was sent.

    `meant` is a word of the command line, and the one to type instead.
    """

    exit_status = 2
    meant: tuple[str, str] | None = None


class ConfigError(SpacectlError):
    """No environment, no endpoint, no credential, or a configuration file that cannot be used."""

    exit_status = 3


class Problem(NamedTuple):
    """One thing that is wrong with an input, and where: `x.yml:7:3`, `-p name`, or nothing.

    `may_be_stale` where a server newer than the descriptors that were looked at may take it; `meant` is the name to
    write instead of the last one of the path.
    """

    where: str
    path: str
    message: str
    may_be_stale: bool = False
    meant: str = ""

    def __str__(self) -> str:
        path = "" if self.where == f"-p {self.path}" else self.path  # the option has named it
        said = f"{path} {self.message}" if path and self.message.startswith("is ") else f"{path}: {self.message}"
        return ": ".join(part for part in (self.where, said if path else self.message) if part)


class InputError(UsageError):
    """Everything that is wrong with one input, all problems at once."""

    def __init__(self, problems: list[Problem], *hints: str) -> None:
        super().__init__("\n".join(str(problem) for problem in problems), *hints)
        self.problems = problems

    @property
    def may_be_stale(self) -> bool:
        """Whether a server newer than the descriptors that were looked at may take all of it."""
        return all(problem.may_be_stale for problem in self.problems)

    def as_dict(self) -> dict[str, Any]:
        """The error with its problems one by one."""
        problems = [{"where": p.where, "path": p.path, "message": p.message} for p in self.problems]
        return {**super().as_dict(), "problems": problems}


class CallError(SpacectlError):
    """A call that failed: the exit status is 64 + the gRPC status code.

    `fields` are paths in the request that the server refused by name; `unsent` tells that the request never left;
    `status_details` are those of the server's google.rpc.Status, as plain values.
    """

    fields: tuple[str, ...] = ()
    status_details: tuple[dict[str, Any], ...] = ()
    unsent = False

    def __init__(self, what: str, code: int, details: str, *hints: str) -> None:
        self.code = code
        self.status = GRPC_STATUS_NAMES[code] if 0 <= code < len(GRPC_STATUS_NAMES) else str(code)
        self.details = details
        super().__init__(f"{what}: {details or 'the server gave no reason'} ({self.status})", *hints)
        self.exit_status = 64 + code

    def as_dict(self) -> dict[str, Any]:
        """The error with the gRPC status and, where the server sent one, its own error code."""
        error = {**super().as_dict(), "status": self.status, "details": self.details}
        code, colon, rest = self.details.partition(":")
        if colon and code.startswith("ERROR_"):
            error |= {"code": code, "details": rest.strip()}
        if self.status_details:
            error["status_details"] = list(self.status_details)
        return error


class FailuresError(SpacectlError):
    """Several failures of one command; the exit status is the first one's."""

    def __init__(self, errors: Sequence[SpacectlError]) -> None:
        super().__init__("; ".join(error.message for error in errors))
        self.errors = errors
        self.exit_status = errors[0].exit_status
