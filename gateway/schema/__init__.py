"""The public contract. This file is its table of contents; each root field has a file of its own."""

import strawberry
from graphql import GraphQLError
from strawberry.extensions import (
    AddValidationRules,
    DisableIntrospection,
    MaxTokensLimiter,
    ParserCache,
    ValidationCache,
)
from strawberry.schema.config import StrawberryConfig
from strawberry.tools import create_type
from strawberry.types import ExecutionContext

from gateway.schema.limits import TOKENS_MAX, FewFields
from gateway.schema.mutations.cancel_occasion import cancel_occasion
from gateway.schema.mutations.confirm_hold import confirm_hold
from gateway.schema.mutations.hold_reward import hold_reward
from gateway.schema.mutations.redeem_reward import redeem_reward
from gateway.schema.mutations.release_hold import release_hold
from gateway.schema.mutations.reverse_redemption import reverse_redemption
from gateway.schema.mutations.upload_redemptions import upload_redemptions
from gateway.schema.queries.offline_allowance import offline_allowance
from gateway.schema.queries.redemption import redemption
from gateway.schema.queries.redemptions import redemptions
from gateway.schema.queries.rewards import rewards
from gateway.schema.queries.service import service
from gateway.schema.queries.settlement import settlement
from gateway.schema.queries.verify_pass import verify_pass
from gateway.schema.scalars import SCALARS

DOCUMENTS_REMEMBERED = 128
"""Partners' machines send a few dozen different documents; validating one anew costs a millisecond."""

Query = create_type(
    "Query",
    [service, rewards, verify_pass, redemption, redemptions, settlement, offline_allowance],
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
    """A schema that keeps silent: Strawberry's own log of errors would print query text and variables."""

    def process_errors(
        self, errors: list[GraphQLError], execution_context: ExecutionContext | None = None
    ) -> None:
        """Log nothing here; `execution.py` logs what may be logged."""


def build_schema(*, introspection: bool) -> LaurelSchema:
    """Return the schema; introspection is for the sandbox, production publishes the SDL instead."""
    extensions = [
        lambda: MaxTokensLimiter(max_token_count=TOKENS_MAX),
        lambda: AddValidationRules([FewFields]),
        lambda: ParserCache(maxsize=DOCUMENTS_REMEMBERED),
        lambda: ValidationCache(maxsize=DOCUMENTS_REMEMBERED),
    ]
    return LaurelSchema(
        query=Query,
        mutation=Mutation,
        extensions=[*extensions, *([] if introspection else [DisableIntrospection])],
        config=StrawberryConfig(disable_field_suggestions=True, auto_camel_case=True, scalar_map=SCALARS),
    )
