"""The messages that a visitor can answer with, in the vendor's own form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from wotnot._errors import InvalidArgumentError

Message: TypeAlias = Mapping[str, Any]
"""`{"type": ..., "data": {...}}`: the vendor's own object, as their documentation shows it."""

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class File:
    """A file that you host. What is `None` is filled in from `path`, or else from the link."""

    link: str = field(repr=False)
    """Where the service can fetch it: an absolute http or https URL."""
    filename: str | None = None
    path: str | None = field(default=None, repr=False)
    """The local file that stands behind the link. Only its name is used; nothing is uploaded."""
    mime_type: str | None = None
    extension: str | None = None
    """Without the dot."""


def text(body: str) -> Message:
    """Typed text."""
    return {"type": "text", "data": {"body": body}}


def slider(value: float) -> Message:
    """The value of a slider."""
    return {"type": "slider.response", "data": {"value": value}}


def files(items: Iterable[File]) -> Message:
    """Files, by their links."""
    items = list(items)
    for index, item in enumerate(items):
        if not isinstance(item, File):
            raise _wrong(f"files[{index}]", 'wotnot.File(link="https://...")', item)
    names = ("link", "filename", "path", "mime_type", "extension")
    listed = [{name: value for name in names if (value := getattr(item, name)) is not None} for item in items]
    return {"type": "file_upload.response", "data": {"files": listed}}


def form(fields: Mapping[str, Scalar]) -> Message:
    """What was filled into a form, by label."""
    listed = [{"label": label, "value": value} for label, value in _mapping("fields", fields).items()]
    return {"type": "form.response", "data": {"fields": listed}}


def variables(contact: Mapping[str, Scalar] | None, other: Mapping[str, Scalar] | None) -> Message:
    """The values that a JavaScript block asked for."""
    return {
        "type": "javascript.response",
        "data": {
            "variables": {
                "contact_variables": _pairs("contact", contact),
                "non_contact_variables": _pairs("other", other),
            }
        },
    }


def _pairs(name: str, values: Mapping[str, Scalar] | None) -> list[dict[str, Scalar]]:
    return [{"name": key, "value": value} for key, value in _mapping(name, values or {}).items()]


def _mapping(name: str, values: Mapping[str, Scalar]) -> Mapping[str, Scalar]:
    if not isinstance(values, Mapping):
        raise _wrong(name, "a mapping such as a dict", values)
    return values


def _wrong(name: str, expected: str, value: object) -> InvalidArgumentError:
    return InvalidArgumentError(
        f"{name}: expected {expected}, not {type(value).__name__}",
        code="invalid_argument",
        delivery="not_sent",
        method="send_message",
    )
