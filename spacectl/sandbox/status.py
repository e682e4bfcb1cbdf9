"""The errors that the real services answer: a gRPC status, and `ERROR_CODE: message` as its details."""

from __future__ import annotations

from typing import Any

OLD_NOT_FOUND = "Value not found."
NOT_FOUND = "Resource cannot be found or access is denied."


class ApiError(Exception):
    """An error to answer: the name of a gRPC status, and the details."""

    def __init__(self, status: str, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")
        self.status = status
        self.details = f"{code}: {message}"


def required_parameter(*path: str) -> ApiError:
    """A required field is missing."""
    return ApiError("INVALID_ARGUMENT", "ERROR_REQUIRED_PARAMETER", f"Required parameter. (key = {', '.join(path)})")


def invalid_parameter(key: str, reason: str) -> ApiError:
    """A field has a value that cannot be used."""
    return ApiError(
        "INVALID_ARGUMENT", "ERROR_INVALID_PARAMETER", f"Parameter is invalid. (key = {key}, reason = {reason})"
    )


def not_found(values: dict[str, str], words: str = NOT_FOUND) -> ApiError:
    """No row has these values of its identifying fields."""
    if len(values) == 1:
        ((key, value),) = values.items()
        where = f"{key} = {value}"
    else:
        where = f"{tuple(values)} = {tuple(values.values())}"
    return ApiError("NOT_FOUND", "ERROR_NOT_FOUND", f"{words} ({where})")


def not_unique(keys: tuple[str, ...]) -> ApiError:
    """Another row has the same values of these fields."""
    return ApiError(
        "ALREADY_EXISTS",
        "ERROR_SAVE_UNIQUE_VALUES",
        f"Tried to save duplicate unique values. (keys = {list(keys)})",
    )


def query_failed(reason: str) -> ApiError:
    """The query cannot be run."""
    return ApiError("INTERNAL", "ERROR_DB_QUERY", f"Database query failed. (reason = {reason})")


def unknown_column(key: str) -> ApiError:
    """The resource has no such column."""
    return query_failed(f'Cannot resolve field "{key}"')


def list_wanted(operator: str, condition: dict[str, Any]) -> ApiError:
    """The operator compares with a list."""
    return ApiError(
        "INVALID_ARGUMENT",
        "ERROR_OPERATOR_LIST_VALUE_TYPE",
        f"The value of '{operator} operator' must be a list type. ({condition})",
    )


def list_refused(operator: str, condition: dict[str, Any]) -> ApiError:
    """The operator does not compare with a list."""
    return ApiError(
        "INVALID_ARGUMENT",
        "ERROR_OPERATOR_VALUE_TYPE",
        f"The value of '{operator} operator' does not support list type. ({condition})",
    )


def boolean_wanted(operator: str, condition: dict[str, Any]) -> ApiError:
    """The operator compares with true or false."""
    return ApiError(
        "INVALID_ARGUMENT",
        "ERROR_OPERATOR_BOOLEAN_TYPE",
        f"The value of '{operator} operator' must be a boolean type. ({condition})",
    )


def map_wanted(operator: str, condition: dict[str, Any]) -> ApiError:
    """The operator compares with a map."""
    return ApiError(
        "INVALID_ARGUMENT",
        "ERROR_OPERATOR_DICT_VALUE_TYPE",
        f"The value of '{operator} operator' must be a dictionary type. ({condition})",
    )


def unknown(message: str) -> ApiError:
    """A failure inside of a service or a plugin."""
    return ApiError("INTERNAL", "ERROR_UNKNOWN", message)
