"""Reads TOML files that stewards review: strictly, and with one plain sentence where a file is wrong.

Each field's description says what to give; it ends the sentence about that field.
"""

import json
import tomllib
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import Annotated, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from gateway.domain.errors import ConfigurationError

SHOWN_MAX = 60
"""Characters of a wrong value that a sentence repeats; enough to find it in the file."""

Code = Annotated[
    str,
    Field(
        pattern=r"^[a-z][a-z0-9-]{1,47}$",
        description="2 to 48 of the characters a-z, 0-9 and -, the first a letter",
    ),
]
"""The id of a reward, sector, honour or kind: fit for a file name, an address and a database key."""

Line = Annotated[
    str,
    Field(
        max_length=200,
        pattern=r"^[^\p{Cc}\s](\P{Cc}*[^\p{Cc}\s])?$",
        description="one line of 1 to 200 characters without space at its ends",
    ),
]
"""Text for people, on one line."""


class Table(BaseModel):
    """A TOML table: no unknown key, and no value that would have to be converted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Title(Table):
    """What people read, in both languages of the programme."""

    zh: Line
    en: Line


T = TypeVar("T", bound=Table)


def read_table(path: Path, model: type[T]) -> T:
    """Return a TOML file as a checked table.

    Raises:
        ConfigurationError: it can't be read, is no TOML, or a key is missing, unknown or wrong.
    """
    try:
        content = tomllib.loads(read_text(path), parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path}: is not valid TOML: {error}; correct it there.") from None
    except (ValueError, ArithmeticError, RecursionError):
        raise ConfigurationError(f"{path}: has a number too long or tables too deep; shorten them.") from None
    try:
        return model.model_validate(content)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False)
    # A misspelt key is also a missing one; the misspelling is what has to be mended.
    unknown = (detail for detail in details if detail["type"] == "extra_forbidden")
    raise _explain(path, model, next(unknown, details[0]))


def read_text(path: Path) -> str:
    """Return a file's text exactly as it is, or raise ConfigurationError."""
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        sentence = f"{path}: can't be read ({error.strerror}); put the file there, readable for the gateway."
    except UnicodeDecodeError:
        sentence = f"{path}: is not UTF-8 text; save it as UTF-8."
    raise ConfigurationError(sentence)


def wrong(path: Path, key: str, reason: str, advice: str) -> ConfigurationError:
    """Return the error whose one sentence says file, key, reason and what to do."""
    return ConfigurationError(f"{path}: {key} {reason}; {advice}.")


def _explain(path: Path, model: type[Table], detail: ErrorDetails) -> ConfigurationError:
    """The sentence for one failure. The library's own message is never shown."""
    names = [part for part in detail["loc"] if isinstance(part, str)]
    table: type[Table] | None = model
    field: FieldInfo | None = None
    known: list[str] = []
    for name in names:
        if table is not None:
            known, field = list(table.model_fields), table.model_fields.get(name)
            table = _inner_table(field)
    key = ".".join(names)
    if field is None:
        return wrong(
            path, _shortened(key), "is not known", f"remove it or correct it to one of {', '.join(known)}"
        )
    reason = "is missing" if detail["type"] == "missing" else f"is {_shown(detail['input'])}"
    return wrong(path, key, reason, f"give {field.description or f'a table with {_keys_of(table)}'}")


def _inner_table(field: FieldInfo | None) -> type[Table] | None:
    """The table that a field holds, if it holds one."""
    annotation = field.annotation if field else None
    candidates = (annotation, *get_args(annotation))
    return next((one for one in candidates if isinstance(one, type) and issubclass(one, Table)), None)


def _keys_of(table: type[Table] | None) -> str:
    return ", ".join(table.model_fields) if table else "its keys"


def _shown(value: object) -> str:
    """A value as its TOML would look, shortened."""
    if isinstance(value, dict | list):
        return "a table" if isinstance(value, dict) else "an array" if value else "an empty array"
    if isinstance(value, Decimal | date | time):
        return _shortened(str(value))
    return _shortened(json.dumps(value, ensure_ascii=False))


def _shortened(text: str) -> str:
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}..."
