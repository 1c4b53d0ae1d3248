"""What is done at a gate has a second, and what does dozens of things two."""

import pytest
from graphql import parse

from gateway.schema import build_schema
from gateway.schema.patience import LONG, LONG_SECONDS_MAX, SECONDS_MAX, seconds_max


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("{ service { name } }", SECONDS_MAX),
        ('mutation { redeemReward(input: {requestId: "1"}) { __typename } }', SECONDS_MAX),
        ('mutation { uploadRedemptions(input: {requestId: "1"}) { __typename } }', LONG_SECONDS_MAX),
        ('{ own: settlement(month: "2026-01") { rows { reward } } }', LONG_SECONDS_MAX),
        ("fragment All on Query { settlement { month } } query { ...All }", LONG_SECONDS_MAX),
        ("{ service { settlement } }", SECONDS_MAX),
    ],
)
def test_an_operation_has_the_seconds_of_its_longest_field(text: str, seconds: float) -> None:
    assert seconds_max(parse(text)) == seconds


def test_long_fields_are_fields() -> None:
    schema = build_schema(introspection=False)._schema
    roots = [one for one in (schema.query_type, schema.mutation_type) if one is not None]
    assert {name for root in roots for name in root.fields} >= LONG
