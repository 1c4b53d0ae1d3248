"""Publishing the domain's enums: the domain knows no GraphQL, so their descriptions are given here."""

from collections.abc import Mapping
from enum import Enum
from typing import TypeVar

import strawberry
from strawberry.types.enum import has_enum_definition

E = TypeVar("E", bound=Enum)


def publish(enum: type[E], *, name: str, description: str, values: Mapping[E, str]) -> None:
    """Make an enum part of the schema. Every value has to be described, or the start fails with a KeyError."""
    published: type[E] = strawberry.enum(enum, name=name, description=description)
    assert has_enum_definition(published)
    for value in published.__strawberry_definition__.values:
        value.description = values[enum[value.name]]
