"""Valid documents of one root field each, over the whole schema."""

from typing import Any

from graphql import (
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    OperationType,
    Undefined,
    get_named_type,
    is_leaf_type,
    is_non_null_type,
    is_object_type,
    is_union_type,
)
from hypothesis import strategies as st


@st.composite
def documents(draw: st.DrawFn, schema: GraphQLSchema) -> str:
    """Return a document of one operation with one root field; a few are not valid."""
    kind = draw(st.sampled_from([OperationType.QUERY, OperationType.MUTATION]))
    root = schema.get_root_type(kind)
    assert root is not None
    name = draw(st.sampled_from(sorted(root.fields)))
    field = root.fields[name]
    declared = draw(declarations(field))
    fragments: list[str] = []
    selected = draw(selections(schema, get_named_type(field.type), fragments, depth=3))
    variables = f"({', '.join(f'${one}: {type_}' for one, type_ in declared.items())})" if declared else ""
    arguments = f"({', '.join(f'{one}: ${one}' for one in declared)})" if declared else ""
    alias = draw(st.sampled_from(["", "alias: "]))
    return "\n".join(
        [f"{kind.value} Case{variables} {{ {alias}{name}{arguments} {selected} }}", *fragments],
    )


@st.composite
def declarations(draw: st.DrawFn, field: GraphQLField) -> dict[str, str]:
    """Return a variable for each argument that is needed, and for some of the others, with its type."""
    found = {}
    for name, argument in field.args.items():
        needed = is_non_null_type(argument.type) and argument.default_value is Undefined
        if needed or draw(st.booleans()):
            type_ = str(argument.type)
            if type_ == "Int!":
                type_ = draw(st.sampled_from(["Int!", "Int! = 3", "Int = 3", "Int"]))
            found[name] = type_
    return found


@st.composite
def selections(
    draw: st.DrawFn, schema: GraphQLSchema, type_: GraphQLNamedType, fragments: list[str], *, depth: int
) -> str:
    """Return selections of a type, some of them by fragments, which are added to the others."""
    if is_leaf_type(type_):
        return ""
    parts = [draw(_seldom("kind: __typename", "__typename"))]
    for _ in range(draw(st.integers(1, 4))):
        parts.append(draw(_selection(schema, type_, fragments, depth=depth)))
    return f"{{ {' '.join(draw(st.permutations(parts)))} }}"


@st.composite
def _selection(
    draw: st.DrawFn, schema: GraphQLSchema, type_: GraphQLNamedType, fragments: list[str], *, depth: int
) -> str:
    if is_union_type(type_) or not draw(st.integers(0, 4)):
        inner = draw(st.sampled_from(type_.types)) if is_union_type(type_) else type_
        selected = draw(selections(schema, inner, fragments, depth=depth - 1))
        if len(fragments) > 2 or draw(_seldom(False, True)):
            return f"... on {inner.name} {selected}"
        fragments.append(f"fragment F{len(fragments)} on {inner.name} {selected}")
        return f"...F{len(fragments) - 1}"
    assert is_object_type(type_)
    name = draw(st.sampled_from(sorted(type_.fields)))
    below = get_named_type(type_.fields[name].type)
    if depth == 0 and not is_leaf_type(below):
        return "__typename"
    alias = draw(_seldom(f"other_{name}: ", ""))
    return f"{alias}{name} {draw(selections(schema, below, fragments, depth=depth - 1))}"


def _seldom(one: Any, other: Any) -> st.SearchStrategy[Any]:
    """The limits allow for few aliases, spread fragments counted."""
    return st.integers(0, 14).map(lambda die: one if die == 7 else other)
