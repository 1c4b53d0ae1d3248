"""Measuring a document costs what its text is long, whatever it unfolds to. Selections are counted, not time."""

import pytest
from graphql import parse

from gateway.schema.extents import Definition, measure


def doubling(count: int) -> str:
    """Return fragments of which each spreads the next twice: 2 to the power of `count` fields."""
    chain = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} x {{ ...f{n + 1} }} }}" for n in range(count))
    return f"{{ ...f0 }} {chain} fragment f{count} on Query {{ a }}"


SHAPES: dict[str, tuple[str, str, str]] = {
    "wide": ("{ ", "a ", "}"),
    "inline": ("{ ", "... { a } ", "}"),
    "aliases": ("{ ", "a: b ", "}"),
    "directives": ("{ a ", "@a ", "}"),
    "operations": ("", "query { a } ", ""),
    "unused fragments": ("{ a } ", "fragment f%d on Query { a } ", ""),
    "spreads of one": ("{ ", "...f ", "} fragment f on Query { a b c d e f g }"),
}


def visits(document: str) -> int:
    """Return how many selections and spreads measuring looks at."""
    definitions = [one for one in parse(document).definitions if isinstance(one, Definition)]
    return sum(extent.visited for _, extent in measure(definitions))


def built(shape: str, count: int) -> str:
    """Return a document of a shape, of so many pieces."""
    head, piece, tail = SHAPES[shape]
    return head + "".join(piece % n if "%d" in piece else piece for n in range(count)) + tail


@pytest.mark.parametrize("shape", SHAPES)
def test_the_cost_grows_with_the_length_and_no_faster(shape: str) -> None:
    small, large = visits(built(shape, 100)), visits(built(shape, 800))
    assert large <= 8 * small
    assert large <= len(built(shape, 800))


def test_what_a_document_unfolds_to_costs_nothing() -> None:
    [*_, (_, extent)] = measure([one for one in parse(doubling(200)).definitions if isinstance(one, Definition)])
    assert extent.data.fields > 2**200
    assert visits(doubling(200)) == 2 * visits(doubling(100)) - 3
