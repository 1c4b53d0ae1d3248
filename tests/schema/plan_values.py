"""What variables bring and what resolvers return: right, or anything at all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from graphql import (
    GraphQLInputType,
    GraphQLOutputType,
    get_named_type,
    is_enum_type,
    is_input_object_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_union_type,
)
from hypothesis import strategies as st

from gateway.schema.plans.coercion import STRAWBERRY

ODD_VALUES: tuple[Any, ...] = (None, "", "7", 7, -(2**31) - 1, 2**31, True, 1.5, [], ["x"], [None], {}, {"x": 1})
"""What JSON may bring in place of anything."""

EARLY = datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=8)))
ODD_RESULTS = (*ODD_VALUES, (), ("x",), b"x", object(), ValueError("a value"), 10**20, EARLY)
"""What a resolver may return by a mistake of ours."""

LEAVES: dict[str, st.SearchStrategy[Any]] = {
    "String": st.text(max_size=3),
    "ID": st.text("ab-1", min_size=1, max_size=3),
    "Int": st.integers(-(2**31), 2**31 - 1),
    "Boolean": st.booleans(),
    "Fen": st.integers(-(10**13), 10**13),
    "DateTime": st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=8))])),
}

EXAMPLES: dict[str, Any] = {
    "String": "text",
    "ID": "id",
    "Int": 7,
    "Boolean": True,
    "Fen": 10**12,
    "DateTime": datetime(2026, 11, 25, tzinfo=UTC),
}


def inputs(type_: GraphQLInputType, *, odd: bool) -> st.SearchStrategy[Any]:
    """Return values of JSON for a type; where they may be odd, many are not good for it."""
    if is_non_null_type(type_):
        return inputs(type_.of_type, odd=odd)
    plain: st.SearchStrategy[Any]
    if is_list_type(type_):
        plain = st.lists(inputs(type_.of_type, odd=odd), max_size=3)
    elif is_input_object_type(type_):
        members = {name: inputs(one.type, odd=odd) for name, one in type_.fields.items()}
        needed = {name: one for name, one in members.items() if is_non_null_type(type_.fields[name].type)}
        rest = {name: one for name, one in members.items() if name not in needed}
        plain = st.fixed_dictionaries(needed, optional=rest)
        if odd:
            plain = st.one_of(plain, plain, plain.map(lambda found: {**found, "x": 1}))
    elif is_enum_type(type_):
        plain = st.sampled_from(sorted(type_.values))
    elif str(type_) == "DateTime":
        plain = LEAVES["DateTime"].map(datetime.isoformat)
    else:
        plain = LEAVES[str(type_)]
    return _mostly(plain, ODD_VALUES) if odd else plain


def results(type_: GraphQLOutputType, *, odd: bool) -> st.SearchStrategy[Any]:
    """Return what a resolver might return for a type; where it may be odd, much of it is wrong."""
    if is_non_null_type(type_):
        return _filled(type_.of_type, odd=odd)
    filled = _filled(type_, odd=odd)
    return st.one_of(filled, filled, st.none())


def _filled(type_: GraphQLOutputType, *, odd: bool) -> st.SearchStrategy[Any]:
    plain: st.SearchStrategy[Any]
    others: Sequence[Any] = ODD_RESULTS
    if is_list_type(type_):
        plain = st.lists(results(type_.of_type, odd=odd), max_size=3)
    elif is_union_type(type_):
        plain = st.one_of([_objects(each, odd=odd) for each in type_.types])
    elif is_object_type(type_):
        plain = _objects(type_, odd=odd)
    elif is_enum_type(type_):
        members = list(type_.wrapped_cls)  # type: ignore[attr-defined]
        plain, others = st.sampled_from(members), [None, *(one.value for one in members)]
    else:
        plain = LEAVES[str(type_)]
    return _mostly(plain, others) if odd else plain


def _objects(type_: Any, *, odd: bool) -> st.SearchStrategy[Any]:
    cls = type_.extensions[STRAWBERRY].origin
    members = {one.extensions[STRAWBERRY].python_name: results(one.type, odd=odd) for one in type_.fields.values()}
    return st.builds(cls, **members)


def _mostly(plain: st.SearchStrategy[Any], others: Sequence[Any]) -> st.SearchStrategy[Any]:
    return st.integers(0, 11).flatmap(lambda die: st.sampled_from(others) if die == 7 else plain)


def good_input(type_: GraphQLInputType) -> Any:
    """Return a value of JSON that is right for a type."""
    if is_non_null_type(type_):
        return good_input(type_.of_type)
    if is_list_type(type_):
        return [good_input(type_.of_type)]
    if is_input_object_type(type_):
        return {name: good_input(one.type) for name, one in type_.fields.items()}
    if is_enum_type(type_):
        return next(iter(type_.values))
    example = EXAMPLES[str(type_)]
    return example.isoformat() if isinstance(example, datetime) else example


def good(type_: GraphQLOutputType) -> Any:
    """Return a value that is right for a type."""
    if is_non_null_type(type_):
        return good(type_.of_type)
    if is_list_type(type_):
        return [good(type_.of_type)]
    if is_union_type(type_):
        return good(type_.types[0])
    if is_object_type(type_):
        members = {one.extensions[STRAWBERRY].python_name: good(one.type) for one in type_.fields.values()}
        return type_.extensions[STRAWBERRY].origin(**members)
    return next(iter(type_.wrapped_cls)) if is_enum_type(type_) else EXAMPLES[str(type_)]  # type: ignore[attr-defined]


def oddities(type_: GraphQLOutputType) -> Iterator[tuple[str, Any]]:
    """Return selections of a type, one field each, with a value that is odd in just that place."""
    if is_non_null_type(type_):
        type_ = type_.of_type
    named = get_named_type(type_)
    below = "" if is_leaf_type(named) else "{ __typename }"
    yield from ((below, value) for value in ODD_RESULTS)
    if is_list_type(type_):
        for selected, value in oddities(type_.of_type):
            yield selected, [good(type_.of_type), value]
    elif is_union_type(type_):
        for each in type_.types:
            for selected, value in oddities(each):
                yield f"{{ __typename ... on {each.name} {selected} }}", value
    elif is_object_type(type_):
        for name, field in type_.fields.items():
            for selected, value in oddities(field.type):
                yield (
                    f"{{ {name} {selected} }}",
                    replace(good(type_), **{field.extensions[STRAWBERRY].python_name: value}),
                )
    elif is_enum_type(type_):
        yield from (("", one.value) for one in type_.wrapped_cls)  # type: ignore[attr-defined]
