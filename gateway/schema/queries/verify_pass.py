"""Query.verifyPass: may this pass have this reward now?"""

from typing import Annotated, assert_never

import strawberry

from gateway.domain.eligibility import Basis
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Eligible as DomainEligible
from gateway.domain.redemptions import NotEligible as DomainNotEligible
from gateway.domain.redemptions import Undetermined as DomainUndetermined
from gateway.domain.requests import VerifyPass
from gateway.schema.context import Info
from gateway.schema.enums import publish
from gateway.schema.permissions import RequiresVerify
from gateway.schema.refusals import NOT_ELIGIBLE, Undetermined
from gateway.services.verify_pass import verify_pass as verify

publish(
    Basis,
    name="Basis",
    description="What eligibility rests on.",
    values={Basis.CREDIT: "Volunteer hours.", Basis.HONOUR: "An honour."},
)


@strawberry.type(description="The pass may have the reward now. Nothing has been recorded or held.")
class Eligible:
    """The one bit, and what the reward's policy discloses beyond it."""

    reward: strawberry.ID = strawberry.field(description="The code of the reward.")
    quantity: int = strawberry.field(description="The units asked for.")
    remaining: int | None = strawberry.field(description="Units left in the quota, where the reward tells.")
    basis: Basis | None = strawberry.field(description="What it rests on, where the reward tells.")


@strawberry.type(description="The one denial, alike for every cause.")
class NotEligible:
    """Whatever the cause, partners see the same."""

    message: str = strawberry.field(description="One neutral sentence for the counter.")
    reference: str = strawberry.field(
        description="A sealed note that only a volunteer desk can open, together with the pass."
    )


VerifyPassResult = Annotated[
    Eligible | NotEligible | Undetermined,
    strawberry.union("VerifyPassResult", description="Yes, no, or not decided."),
]


@strawberry.field(
    description="May this pass have so many units of this reward now? Nothing is recorded, whatever the answer.",
    permission_classes=[RequiresVerify],
)
async def verify_pass(
    info: Info,
    *,
    pass_: Annotated[
        str,
        strawberry.argument(
            name="pass", description="What was scanned of a pass, or a typed code of 16 characters."
        ),
    ],
    reward: Annotated[strawberry.ID, strawberry.argument(description="The code of one of your rewards.")],
    quantity: Annotated[int, strawberry.argument(description="Units, from 1 to 100.")] = 1,
    occasion: Annotated[
        strawberry.ID | None,
        strawberry.argument(description="The occasion, to count a quota per occasion as well."),
    ] = None,
) -> VerifyPassResult:
    """Translate in, decide, translate out."""
    request = VerifyPass(presented=PresentedPass(pass_), reward=str(reward), quantity=quantity, occasion=occasion)
    outcome = await verify(info.context.ports, info.context.caller, request)
    match outcome:
        case DomainEligible():
            return Eligible(
                reward=strawberry.ID(outcome.reward),
                quantity=outcome.quantity,
                remaining=outcome.remaining,
                basis=outcome.basis,
            )
        case DomainNotEligible():
            return NotEligible(message=NOT_ELIGIBLE, reference=outcome.reference)
        case DomainUndetermined():
            return Undetermined.of(outcome)
        case _:
            assert_never(outcome)
