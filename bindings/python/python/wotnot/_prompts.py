"""What the bot waits for, as frozen dataclasses to match on. `raw` is the document that each was read from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeAlias, Union

from wotnot import _messages, _native

if TYPE_CHECKING:
    from wotnot._messages import Answer, Message


class _Prompt:
    """What every prompt has."""

    __slots__ = ()

    raw: dict[str, Any]

    def answer(self, value: Answer) -> Message:
        """The message that answers this, for `send` and `ask`. Sends nothing.

        `value` is a text for `TextInput`; an option's label, key or index from 0 for `Choice`, or a list of them; a
        number for `Slider`; a `FileLink`, a link or a list of them for `FileUpload`; a dict of values by label for
        `Form`; a `datetime.date` or a text for `Date`; a dict of values by name for `Javascript`.

        Raises:
            InvalidArgumentError: It is not what the bot asks for; the message says what that is.
        """
        return _native.answer({"prompt": self.raw, "value": _messages.plain(value)})


@dataclass(frozen=True, slots=True)
class TextInput(_Prompt):
    """Typed text."""

    format: str
    """`any`, `name`, `email` or `phone`."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Card:
    """The card of a carousel that an option belongs to."""

    index: int
    """The card's place, from 0."""
    title: str
    description: str
    image: str | None
    """The URL of a picture."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class ChoiceOption:
    """One option of a choice."""

    label: str
    """What to show, plain text."""
    answer: Message | None = field(hash=False)
    """The message that picks it, ready for `send`; `None` on a mere link."""
    url: str | None = None
    """The page to open when it is picked."""
    card: Card | None = None
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Choice(_Prompt):
    """One of several options, or several of them. An option's own `answer` is ready to be sent."""

    options: tuple[ChoiceOption, ...]
    multiple: bool = False
    """Whether several may be picked at once."""
    least: int | None = None
    """How many must be picked at least, where the bot says."""
    most: int | None = None
    """How many may be picked at most, where the bot says."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Slider(_Prompt):
    """A number. Bounds are `None` where the bot gives none."""

    min: float | None = None
    max: float | None = None
    step: float | None = None
    unit: str | None = None
    """What is counted."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FileUpload(_Prompt):
    """Files that you host."""

    limits: dict[str, Any] = field(hash=False)
    """The bot's limits, under the names that the service uses."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form."""

    label: str
    """What to show, and what to answer under."""
    details: dict[str, Any] = field(hash=False)
    """Everything else that the service says about it."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Form(_Prompt):
    """Several fields at once."""

    fields: tuple[FormField, ...]
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Date(_Prompt):
    """A date."""

    validation: dict[str, Any] = field(hash=False)
    """The bot's rules for the date, under the names that the service uses."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Javascript(_Prompt):
    """The values of variables, computed on the visitor's side."""

    code: str | None
    """The code of the block. Run it in a sandbox, or compute the variables some other way."""
    variables: tuple[Any, ...] = field(hash=False)
    """The names of the variables to answer with."""
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class UnknownPrompt(_Prompt):
    """A kind that this version does not know; see `kind` and the event's `raw`."""

    kind: str
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)


# `Union` and not `|`: this runs, and Python 3.10 has no `|` for forward references.
Prompt: TypeAlias = Union[  # noqa: UP007
    TextInput, Choice, Slider, FileUpload, Form, Date, Javascript, UnknownPrompt
]


def read_prompt(raw: dict[str, Any]) -> Prompt:
    """Reads the JSON form. A kind that is not known never fails."""
    kind: str = raw["kind"]
    match kind:
        case "text":
            return TextInput(format=raw["format"], raw=raw)
        case "choice":
            return Choice(
                options=tuple(map(_read_option, raw["options"])),
                multiple=raw["multiple"],
                least=raw.get("least"),
                most=raw.get("most"),
                raw=raw,
            )
        case "slider":
            return Slider(min=raw["min"], max=raw["max"], step=raw["step"], unit=raw["unit"], raw=raw)
        case "file":
            return FileUpload(limits=raw["limits"], raw=raw)
        case "form":
            return Form(fields=tuple(map(_read_field, raw["fields"])), raw=raw)
        case "date":
            return Date(validation=raw["validation"], raw=raw)
        case "javascript":
            return Javascript(code=raw["code"], variables=tuple(raw["variables"]), raw=raw)
        case _:
            return UnknownPrompt(kind=kind, raw=raw)


def _read_option(raw: dict[str, Any]) -> ChoiceOption:
    card = raw.get("card")
    return ChoiceOption(
        label=raw["label"],
        answer=raw.get("answer"),
        url=raw.get("url"),
        card=None if card is None else Card(**card, raw=card),
        raw=raw,
    )


def _read_field(raw: dict[str, Any]) -> FormField:
    details = {name: value for name, value in raw.items() if name != "label"}
    return FormField(label=raw["label"], details=details, raw=raw)
