"""From a request's variables to a resolver's arguments, in one step.

GraphQL's coercion (specification, sections 6.1.2 and 6.4.1) and Strawberry's conversion to input objects, for
values that need no mending. All others are not plain.
"""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    FieldNode,
    GraphQLArgument,
    GraphQLField,
    GraphQLSchema,
    OperationDefinitionNode,
    Undefined,
    VariableDefinitionNode,
    VariableNode,
    is_input_type,
    is_non_null_type,
    type_from_ast,
    value_from_ast,
)

from gateway.schema.plans import NotPlain, Unplannable
from gateway.schema.plans.coercion import Coerce, coercer, plain, plain_default, require_plain

Arguments = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Returns a resolver's arguments, by their names in Python, for the variables of a request."""

_ABSENT = object()


def arguments_of(
    schema: GraphQLSchema, operation: OperationDefinitionNode, field: GraphQLField, node: FieldNode
) -> Arguments:
    """Return how the arguments of an operation's only root field are made.

    Raises:
        Unplannable: an argument is put together from several values, or has a type with rules of its own.
    """
    declared = {one.variable.name.value: one for one in operation.variable_definitions or ()}
    given = {one.name.value: one.value for one in node.arguments or ()}
    constant: dict[str, Any] = {}
    sources: list[tuple[str, str, Coerce, Any]] = []
    for name, argument in field.args.items():
        python_name = require_plain(argument).python_name
        value = given.get(name)
        if isinstance(value, VariableNode):
            variable = declared.pop(value.name.value, None)
            if variable is None:
                raise Unplannable("a variable is used twice")
            coerce, default = _source(schema, variable, argument)
            sources.append((value.name.value, python_name, coerce, default))
        elif value is not None:
            constant[python_name] = plain(value_from_ast(value, argument.type), name)
        elif (default := plain_default(argument)) is not Undefined:
            constant[python_name] = default
    if declared:
        raise Unplannable("a variable is used elsewhere than as an argument of the root field")

    def arguments(variables: Mapping[str, Any]) -> dict[str, Any]:
        found = constant.copy()
        for variable, python_name, coerce, default in sources:
            value = variables.get(variable, _ABSENT)
            if value is not _ABSENT:
                found[python_name] = coerce(value)
            elif default is NotPlain:
                raise NotPlain
            elif default is not Undefined:
                found[python_name] = default
        return found

    return arguments


def _source(
    schema: GraphQLSchema, variable: VariableDefinitionNode, argument: GraphQLArgument
) -> tuple[Coerce, Any]:
    """Return how a variable's value becomes an argument, and what stands for an absent one.

    That is a default, or nothing (Undefined), or what may not be (NotPlain).
    """
    type_ = type_from_ast(schema, variable.type)
    assert is_input_type(type_)
    needed = is_non_null_type(argument.type)
    default: Any = plain_default(argument)
    if variable.default_value is not None:
        default = plain(value_from_ast(variable.default_value, type_), variable.variable.name.value)
        if default is None and needed:
            default = NotPlain
    elif is_non_null_type(type_) or (needed and default is Undefined):
        default = NotPlain
    return coercer(type_, nullable=not needed), default
