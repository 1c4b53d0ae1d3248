"""From what a resolver returned to what the answer says, by the selections of a document.

The result completion of GraphQL (specification, section 6.4.3) for values that are just what their types promise.
All others are not plain.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import EnumType
from typing import Any, cast

from graphql import (
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLID,
    GraphQLInt,
    GraphQLLeafType,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLString,
    GraphQLUnionType,
    Undefined,
    is_enum_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    is_union_type,
)
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

from gateway.schema.plans import NotPlain, Unplannable
from gateway.schema.plans.coercion import STRAWBERRY
from gateway.schema.plans.selections import Nodes, Selections

Shape = Callable[[Any], Any]
"""Returns what the answer says of a value, or raises: then graphql-core says what is wrong with it."""

_INTS = 2**31


class Shapes:
    """Makes the shapes of one document."""

    def __init__(self, selections: Selections) -> None:
        self._selections = selections

    def of(self, type_: GraphQLOutputType, nodes: Nodes) -> Shape:
        """Return the shape of a field's values.

        Raises:
            Unplannable: what is selected needs more than attributes.
        """
        if is_non_null_type(type_):
            return self._filled(type_.of_type, nodes)
        return _nullable(self._filled(type_, nodes))

    def _filled(self, type_: GraphQLOutputType, nodes: Nodes) -> Shape:
        """Return the shape of values that are not null; those that are raise."""
        if is_list_type(type_):
            return _list(self.of(type_.of_type, nodes))
        if is_leaf_type(type_):
            return _leaf(type_)
        if is_union_type(type_):
            return self._union(type_, nodes)
        if is_object_type(type_):
            cls, shape = self._object(type_, nodes)
            return _one_of({cls: shape})
        raise Unplannable(f"{type_} is an interface")

    def _union(self, type_: GraphQLUnionType, nodes: Nodes) -> Shape:
        shapes = dict(self._object(each, nodes) for each in type_.types)
        if len(shapes) != len(type_.types):
            raise Unplannable(f"two types of {type_.name} are one class")
        return _one_of(shapes)

    def _object(self, type_: GraphQLObjectType, nodes: Nodes) -> tuple[type, Shape]:
        """Return the class of a type's values, and the shape of its own instances."""
        definition = type_.extensions.get(STRAWBERRY)
        if not isinstance(definition, StrawberryObjectDefinition) or type_.is_type_of is not None:
            raise Unplannable(f"{type_.name} is known by rules of its own")
        parts: list[tuple[str, str, Shape]] = []
        for key, found in self._selections.below(type_, nodes).items():
            name = found[0].name.value
            if name == "__typename":
                parts.append((key, "__class__", _constant(type_.name)))
            else:
                field = type_.fields[name]
                parts.append((key, _attribute(field.extensions.get(STRAWBERRY)), self.of(field.type, found)))
        return definition.origin, _members(parts)


def _attribute(field: object) -> str:
    if not isinstance(field, StrawberryField) or not field.is_basic_field or field.default_resolver is not getattr:
        raise Unplannable("a field below the root has a resolver")
    return field.python_name


def _constant(name: str) -> Shape:
    return lambda _: name


def _members(parts: list[tuple[str, str, Shape]]) -> Shape:
    def shape(value: Any) -> dict[str, Any]:
        return {key: each(getattr(value, attribute)) for key, attribute, each in parts}

    return shape


def _one_of(shapes: Mapping[type, Shape]) -> Shape:
    """Return the shape by a value's very class; a subclass is not plain."""

    def shape(value: Any) -> Any:
        return shapes[type(value)](value)

    return shape


def _list(each: Shape) -> Shape:
    def shape(value: Any) -> list[Any]:
        if type(value) is not list:
            raise NotPlain
        return [each(item) for item in value]

    return shape


def _nullable(filled: Shape) -> Shape:
    def shape(value: Any) -> Any:
        return None if value is None else filled(value)

    return shape


def _leaf(type_: GraphQLLeafType) -> Shape:
    if is_enum_type(type_):
        return _member(type_)
    if type_ in (GraphQLString, GraphQLID):
        return _text
    if type_ is GraphQLInt:
        return _int
    if type_ is GraphQLBoolean:
        return _bool
    coerce = type_.coerce_output_value

    def shape(value: Any) -> Any:
        found = None if value is None else coerce(value)
        if found is None or found is Undefined:
            raise NotPlain
        return found

    return shape


def _member(type_: GraphQLEnumType) -> Shape:
    """Return the shape of an enum: the names of its members are known at the start."""
    wrapped = getattr(type_, "wrapped_cls", None)
    if not isinstance(wrapped, EnumType):
        raise Unplannable(f"{type_.name} is no enum of Python")
    return {one: type_.coerce_output_value(one) for one in cast(Iterable[Any], wrapped)}.__getitem__


def _text(value: Any) -> str:
    if type(value) is not str:
        raise NotPlain
    return value


def _int(value: Any) -> int:
    if type(value) is not int or not -_INTS <= value < _INTS:
        raise NotPlain
    return value


def _bool(value: Any) -> bool:
    if type(value) is not bool:
        raise NotPlain
    return value
