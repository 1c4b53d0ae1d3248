"""The scalars beyond GraphQL's own."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from strawberry.schema.types.base_scalars import DateTimeDefinition
from strawberry.types.scalar import ScalarDefinition

SCALARS: Mapping[object, ScalarDefinition] = {
    datetime: replace(
        DateTimeDefinition,
        description="An instant with its offset, as in RFC 3339: 2026-11-25T16:00:00+08:00. Answers are in UTC.",
    )
}
"""Python type -> scalar."""
