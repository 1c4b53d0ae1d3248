"""The plan of a registered document, and running it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, Protocol

import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLSchema, OperationDefinitionNode
from strawberry.permission import BasePermission, PermissionExtension
from strawberry.types.field import StrawberryField

from gateway.schema.context import Context
from gateway.schema.plans import NotPlain, Unplannable
from gateway.schema.plans.arguments import Arguments, arguments_of
from gateway.schema.plans.coercion import STRAWBERRY
from gateway.schema.plans.results import Shape, Shapes
from gateway.schema.plans.selections import Selections

Outcome = Callable[[], Any]
"""Gives again what a root field's resolver gave, or raises what it raised."""


class Ordinary(Protocol):
    """Runs the document by graphql-core."""

    async def __call__(
        self, variables: Mapping[str, Any], context: Context, outcome: Outcome | None = None
    ) -> ExecutionResult:
        """Return the result; where there is an outcome, no resolver is called."""
        ...


@dataclass(frozen=True, slots=True)
class Known:
    """What resolvers and permissions know of a request on the way of a plan: its context, and nothing else."""

    context: Context


class Plan:
    """One root field: its arguments, its permissions, its resolver, and the shape of what it returns."""

    def __init__(
        self,
        *,
        key: str,
        field: StrawberryField,
        permissions: tuple[BasePermission, ...],
        arguments: Arguments,
        shape: Shape,
        ordinary: Ordinary,
    ) -> None:
        assert field.base_resolver is not None
        self._key = key
        self._field = field
        self._permissions = permissions
        self._resolve, self._is_async = field.base_resolver, field.base_resolver.is_async
        self._arguments = arguments
        self._shape = shape
        self._ordinary = ordinary

    async def run(self, variables: Mapping[str, Any], context: Context) -> ExecutionResult:
        """Return what graphql-core would. The resolver is called once at most, whoever tells the result."""
        info = strawberry.Info(_raw_info=Known(context), _field=self._field)  # type: ignore[arg-type]
        try:
            arguments = self._arguments(variables)
            for permission in self._permissions:
                if permission.has_permission(None, info, **arguments) is not True:
                    raise NotPlain
        except NotPlain:
            return await self._ordinary(variables, context)
        try:
            found = self._resolve(info=info, **arguments)
            if self._is_async:
                found = await found
        except Exception as error:
            return await self._ordinary(variables, context, _raising(error))
        try:
            return ExecutionResult({self._key: self._shape(found)}, None)
        except Exception:  # whatever it is, graphql-core will find the same
            return await self._ordinary(variables, context, lambda: found)


def plan_for(
    schema: GraphQLSchema, document: DocumentNode, operation: OperationDefinitionNode, ordinary: Ordinary
) -> Plan:
    """Return the plan of a valid document's only operation.

    Raises:
        Unplannable: says why there is none.
    """
    root = schema.get_root_type(operation.operation)
    assert root is not None
    selections = Selections(schema, document)
    if operation.directives:
        raise Unplannable("it has a directive")
    [(key, nodes), *more] = selections.of(root, operation.selection_set).items()
    if more or len(nodes) > 1 or nodes[0].name.value.startswith("__"):
        raise Unplannable("it has more than one root field, or one of GraphQL's own")
    graphql_field = root.fields[nodes[0].name.value]
    field = graphql_field.extensions[STRAWBERRY]
    assert isinstance(field, StrawberryField)
    resolver = field.base_resolver
    if resolver is None or resolver.info_parameter is None:
        raise Unplannable("its root field has no resolver that takes info")
    if resolver.self_parameter or resolver.parent_parameter or resolver.root_parameter:
        raise Unplannable("its resolver takes a parent")
    return Plan(
        key=key,
        field=field,
        permissions=tuple(_permissions(field)),
        arguments=arguments_of(schema, operation, graphql_field, nodes[0]),
        shape=Shapes(selections).of(graphql_field.type, nodes),
        ordinary=ordinary,
    )


def _permissions(field: StrawberryField) -> Iterator[BasePermission]:
    for extension in field.extensions:
        if (
            not isinstance(extension, PermissionExtension)
            or extension.fail_silently
            or not extension.supports_sync
        ):
            raise Unplannable("its root field has an extension with rules of its own")
        yield from extension.permissions


def _raising(error: Exception) -> Callable[[], NoReturn]:
    def outcome() -> NoReturn:
        raise error

    return outcome
