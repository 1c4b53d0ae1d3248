"""The benchmark of documents measures what it says: documents of its sizes, of which each piece is another one."""

import pytest
from graphql import parse

from bench.documents import SHAPES, SIZES, Measured, measured, table, text_of
from gateway.schema import build_schema
from gateway.schema.extents import Definition, measure


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("size", SIZES)
def test_a_document_has_its_size(shape: str, size: int) -> None:
    text = text_of(shape, size)
    assert size - 64 < len(text) <= size
    assert parse(text).definitions


def test_fragments_unfold_to_more_than_anybody_could_walk() -> None:
    text = text_of("fragments, each spreading the next twice", SIZES[-1])
    [*_, (_, extent)] = measure([one for one in parse(text).definitions if isinstance(one, Definition)])
    assert extent.data.fields > 2**100


def test_a_measurement_is_one_line_of_the_table() -> None:
    one = measured("fields", SIZES[0], build_schema(introspection=True).documents)
    assert min(one.parse_us, one.measure_us, one.gateway_us) > 0
    twice = Measured(shape="fields", size=2048, parse_us=1, measure_us=2 * one.measure_us, gateway_us=1)
    assert "x 2.0" in table([one, twice]).splitlines()[2]
