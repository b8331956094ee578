"""The messages that a visitor can answer with, in the vendor's own form."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeAlias, Union

from wotnot._errors import InvalidArgumentError

Message: TypeAlias = Mapping[str, Any]
"""`{"type": ..., "data": {...}}`: the vendor's own object, as their documentation shows it."""

Scalar: TypeAlias = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file that you host. What is `None` is filled in from `path`, or else from the link."""

    link: str = field(repr=False)
    """Where the service can fetch it: an absolute http or https URL."""
    filename: str | None = None
    path: str | None = field(default=None, repr=False)
    """The local file that stands behind the link. Only its name is used; nothing is uploaded."""
    mime_type: str | None = None
    extension: str | None = None
    """Without the dot."""


Answer: TypeAlias = Union[  # noqa: UP007
    str, int, float, date, FileLink, Mapping[str, Scalar], Sequence[Union[str, int, FileLink, Mapping[str, Scalar]]]  # noqa: UP007
]
"""What may answer a prompt; which of them, the kind of prompt says."""


def plain(value: Answer) -> object:
    """An answer as the core takes it."""
    if isinstance(value, FileLink):
        names = ("link", "filename", "path", "mime_type", "extension")
        return {name: given for name in names if (given := getattr(value, name)) is not None}
    if isinstance(value, date):
        return value.strftime("%Y-%m-%d")
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    return value


def text(body: str) -> Message:
    """Typed text."""
    return {"type": "text", "data": {"body": body}}


def slider(value: float) -> Message:
    """The value of a slider."""
    return {"type": "slider.response", "data": {"value": value}}


def files(items: Iterable[FileLink]) -> Message:
    """Files, by their links."""
    items = list(items)
    for index, item in enumerate(items):
        if not isinstance(item, FileLink):
            raise _wrong(f"files[{index}]", 'wotnot.FileLink(link="https://...")', item)
    return {"type": "file_upload.response", "data": {"files": plain(items)}}


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
