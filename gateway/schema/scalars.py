"""Scalars of our own."""

from typing import NewType

import strawberry
from strawberry.types.scalar import ScalarDefinition

Fen = NewType("Fen", int)
"""Hundredths of a yuan: more than 32 bits hold."""

SCALARS: dict[object, ScalarDefinition] = {
    Fen: strawberry.scalar(
        name="Fen",
        description="A whole number of fen (1/100 yuan). A month of a metro can have more than an Int may hold.",
        serialize=int,
        parse_value=int,
    )
}
"""What the schema is told about them."""
