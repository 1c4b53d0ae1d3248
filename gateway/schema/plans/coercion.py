"""How a value of JSON becomes what a resolver gets, by the type of an argument."""

from collections.abc import Callable
from typing import Any

from graphql import (
    GraphQLArgument,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    Undefined,
    assert_leaf_type,
    is_input_object_type,
    is_list_type,
    is_non_null_type,
)
from strawberry.relay import GlobalID
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import StrawberryArgument
from strawberry.types.base import StrawberryContainer, StrawberryMaybe, StrawberryObjectDefinition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from gateway.schema.plans import NotPlain, Unplannable

Coerce = Callable[[Any], Any]
"""Returns what a value becomes, or raises NotPlain."""

STRAWBERRY = GraphQLCoreConverter.DEFINITION_BACKREF
_ABSENT = object()


def coercer(type_: GraphQLInputType, *, nullable: bool = True) -> Coerce:
    """Return the coercion to a type, which may be nullable in a place that is not.

    Raises:
        Unplannable: the type has rules of its own.
    """
    if is_non_null_type(type_):
        return coercer(type_.of_type, nullable=False)
    if is_list_type(type_):
        filled = _list(coercer(type_.of_type))
    elif is_input_object_type(type_):
        filled = _object(type_)
    else:
        filled = _leaf(assert_leaf_type(type_).coerce_input_value)
    return _nullable(filled) if nullable else _not_null(filled)


def require_plain(what: GraphQLArgument | GraphQLInputField) -> StrawberryArgument | StrawberryField:
    """Return what Strawberry knows of an argument or of an input's field.

    Raises:
        Unplannable: Strawberry converts its type by rules of its own.
    """
    definition = what.extensions[STRAWBERRY]
    assert isinstance(definition, StrawberryArgument | StrawberryField)
    type_: object = definition.type
    while isinstance(type_, StrawberryContainer) and not isinstance(type_, StrawberryMaybe):
        type_ = type_.of_type
    if type_ is GlobalID or isinstance(type_, StrawberryMaybe | LazyType):
        raise Unplannable(f"{definition.python_name} has a type with rules of its own")
    return definition


def plain_default(what: GraphQLArgument | GraphQLInputField) -> Any:
    """Return the default of an argument or of an input's field, or Undefined.

    Raises:
        Unplannable: it could be changed by who gets it.
    """
    return Undefined if what.default_value is Undefined else plain(what.default_value, "a default")


def plain(value: Any, name: str) -> Any:
    """Return a value that the document or the schema names, if all requests may share it.

    Raises:
        Unplannable: it could be changed by who gets it, or has variables in it.
    """
    if value is None or isinstance(value, str | int):
        return value
    raise Unplannable(f"{name} is neither a variable nor a plain value")


def _not_null(coerce: Coerce) -> Coerce:
    def coerced(value: Any) -> Any:
        if value is None:
            raise NotPlain
        return coerce(value)

    return coerced


def _nullable(coerce: Coerce) -> Coerce:
    def coerced(value: Any) -> Any:
        return None if value is None else coerce(value)

    return coerced


def _leaf(parse: Callable[[Any], Any]) -> Coerce:
    def coerced(value: Any) -> Any:
        try:
            return parse(value)
        except Exception:
            raise NotPlain from None

    return coerced


def _list(coerce: Coerce) -> Coerce:
    def coerced(value: Any) -> list[Any]:
        if type(value) is not list:
            raise NotPlain  # a single value stands for a list of one
        return [coerce(each) for each in value]

    return coerced


def _object(type_: GraphQLInputObjectType) -> Coerce:
    definition = type_.extensions[STRAWBERRY]
    assert isinstance(definition, StrawberryObjectDefinition)
    if type_.is_one_of or definition.from_input is not None:
        raise Unplannable(f"{type_.name} has rules of its own")
    cls = definition.origin
    fields = [
        (name, require_plain(field).python_name, coercer(field.type), _absent(field))
        for name, field in type_.fields.items()
    ]

    def coerced(value: Any) -> object:
        if type(value) is not dict:
            raise NotPlain
        found, seen = {}, 0
        for name, python_name, coerce, absent in fields:
            given = value.get(name, _ABSENT)
            if given is not _ABSENT:
                found[python_name] = coerce(given)
                seen += 1
            elif absent is NotPlain:
                raise NotPlain
            else:
                found[python_name] = absent
        if seen != len(value):
            raise NotPlain  # a member that the type doesn't have
        return cls(**found)

    return coerced


def _absent(field: GraphQLInputField) -> Any:
    """Return what stands for an absent field: its default, or what may not be (NotPlain)."""
    default = plain_default(field)
    if default is Undefined and not is_non_null_type(field.type):
        raise Unplannable("a field of an input may be absent and has no default")
    return NotPlain if default is Undefined else default
