"""The public contract. This file is its table of contents; each root field has a file of its own."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import strawberry
from graphql import DocumentNode, ExecutionResult, GraphQLError, GraphQLResolveInfo, execute
from strawberry.execution import optimized_is_awaitable
from strawberry.extensions import SchemaExtension
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type
from strawberry.types import ExecutionContext

from gateway.schema.context import Context
from gateway.schema.documents import Documents
from gateway.schema.mutations.cancel_occasion import cancel_occasion
from gateway.schema.mutations.confirm_hold import confirm_hold
from gateway.schema.mutations.hold_reward import hold_reward
from gateway.schema.mutations.redeem_reward import redeem_reward
from gateway.schema.mutations.release_hold import release_hold
from gateway.schema.mutations.reverse_redemption import reverse_redemption
from gateway.schema.mutations.upload_redemptions import upload_redemptions
from gateway.schema.queries.occasions import occasions
from gateway.schema.queries.offline_allowance import offline_allowance
from gateway.schema.queries.redemption import redemption
from gateway.schema.queries.redemptions import redemptions
from gateway.schema.queries.rewards import rewards
from gateway.schema.queries.service import service
from gateway.schema.queries.settlement import settlement
from gateway.schema.queries.verify_pass import verify_pass
from gateway.schema.scalars import SCALARS

Query = create_type(
    "Query",
    [service, rewards, occasions, verify_pass, redemption, redemptions, settlement, offline_allowance],
    description="What a partner's device may ask. Nothing is recorded by asking.",
)
Mutation = create_type(
    "Mutation",
    [
        redeem_reward,
        hold_reward,
        confirm_hold,
        release_hold,
        reverse_redemption,
        cancel_occasion,
        upload_redemptions,
    ],
    description="What a partner's device may do, each once for its requestId.",
)


class LaurelSchema(strawberry.Schema):
    """A schema that runs what `documents` has read, and keeps silent.

    Strawberry's own log of errors would print query text and variables.
    """

    documents: Documents

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here; `public_errors.py` logs what may be logged."""

    async def run(
        self,
        document: DocumentNode,
        variables: Mapping[str, Any],
        context: Context,
        outcome: Callable[[], Any] | None = None,
    ) -> ExecutionResult:
        """Run a document that was read at the start: of what `execute` does, the last step alone.

        With an outcome, that is what its root fields give, and no resolver of theirs is called.
        """
        result = execute(
            self._schema,
            document,
            variable_values=dict(variables),
            context_value=context,
            middleware=outcome and [_with_outcome(outcome)],
            executor_class=self.execution_context_class,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]  # it has no TypeGuard
        )
        return result if isinstance(result, ExecutionResult) else await result


def _with_outcome(outcome: Callable[[], Any]) -> Callable[..., Any]:
    def resolve(next_: Callable[..., Any], root: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        return outcome() if info.path.prev is None else next_(root, info, **arguments)

    return resolve


class AsRead(SchemaExtension):
    """Takes a document as it was read: Strawberry neither parses nor validates it again."""

    def on_parse(self) -> Iterator[None]:
        """Take the syntax tree; a document that may not run ends here, whoever runs it."""
        schema, run = self.execution_context.schema, self.execution_context
        assert isinstance(schema, LaurelSchema)
        run.graphql_document = schema.documents.read(run.query or "", run.operation_name).ast
        yield

    def on_validate(self) -> Iterator[None]:
        """Validate nothing anew."""
        self.execution_context.pre_execution_errors = []
        yield


def build_schema(*, introspection: bool) -> LaurelSchema:
    """Return the schema; introspection is for the sandbox, production publishes the SDL instead."""
    schema = LaurelSchema(
        query=Query,
        mutation=Mutation,
        extensions=[AsRead],
        config=StrawberryConfig(disable_field_suggestions=True, auto_camel_case=True, scalar_map=SCALARS),
    )
    schema.documents = Documents(schema._schema, introspection=introspection)
    return schema
