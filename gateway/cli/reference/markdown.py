"""What pages are made of: tables, links to headings, blocks."""

import json
import re
from collections.abc import Iterable, Sequence

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLScalarType,
    GraphQLType,
    GraphQLUnionType,
    get_named_type,
    is_specified_scalar_type,
)

_BAR = r"\|"

JSON_WIDTH = 100
"""Characters of a line that an eye still takes in at once."""

_NO_ANCHOR = re.compile(r"[^\w\- ]")


def table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table, or nothing where there is no row."""
    lines = [_row(cells) for cells in rows]
    return "\n".join([_row(headings), "|" + "---|" * len(headings), *lines]) if lines else ""


def _row(cells: Sequence[str]) -> str:
    return "|" + "".join(f" {cell.replace('|', _BAR)} |" if cell else " |" for cell in cells)


def block(language: str, text: str) -> str:
    """Return a fenced block."""
    return f"```{language}\n{text.rstrip()}\n```"


def as_json(value: object) -> str:
    """Return a fenced block of JSON, in which what fits on a line stays on one."""
    return block("json", _json(value, indent=0))


def _json(value: object, *, indent: int) -> str:
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent <= JSON_WIDTH or not isinstance(value, dict | list):
        return flat
    inner = " " * (indent + 2)
    if isinstance(value, list):
        lines = [inner + _json(one, indent=indent + 2) for one in value]
        return "[\n" + ",\n".join(lines) + f"\n{' ' * indent}]"
    lines = [f"{inner}{json.dumps(key)}: {_json(one, indent=indent + 2)}" for key, one in value.items()]
    return "{\n" + ",\n".join(lines) + f"\n{' ' * indent}}}"


def heading_of(kind: GraphQLNamedType) -> str:
    """Return what the section of a type is called: as it is declared."""
    return f"{_keyword(kind)} `{kind.name}`"


def link(text: str, heading: str) -> str:
    """Return a link to a heading of the same page, whose anchor is made as GitHub makes it."""
    anchor = _NO_ANCHOR.sub("", heading.lower()).replace(" ", "-")
    return f"[{text}](#{anchor})"


def link_to(kind: GraphQLType) -> str:
    """Return a type as it is written, linked to the section of the type that it is made of."""
    named = get_named_type(kind)
    return f"`{kind}`" if is_specified_scalar_type(named) else link(f"`{kind}`", heading_of(named))


def described(text: str | None) -> str:
    """Return a description on one line."""
    return " ".join((text or "").split())


def _keyword(kind: GraphQLNamedType) -> str:
    match kind:
        case GraphQLEnumType():
            return "enum"
        case GraphQLInputObjectType():
            return "input"
        case GraphQLUnionType():
            return "union"
        case GraphQLScalarType():
            return "scalar"
        case _:
            return "type"
