"""The scalars beyond GraphQL's own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import NewType

import strawberry
from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

Fen = NewType("Fen", int)
"""Hundredths of a yuan: more than 32 bits hold."""

SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: replace(
        DateTimeDefinition,
        description="An instant with its offset, as in RFC 3339: 2026-11-25T16:00:00+08:00. Answers are in UTC.",
    ),
    Fen: strawberry.scalar(
        name="Fen",
        description="A whole number of fen (1/100 yuan). A month of a metro can have more than an Int may hold.",
        serialize=int,
        parse_value=int,
    ),
}
"""Python type -> scalar."""
