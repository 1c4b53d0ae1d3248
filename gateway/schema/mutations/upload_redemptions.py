"""Mutation.uploadRedemptions: what a gate granted while its line was down."""

from datetime import datetime
from typing import Annotated, Self

import strawberry

from gateway.domain.offline import Judged, Rejection, Tap, Upload, Verdict
from gateway.domain.passes import PresentedPass
from gateway.domain.redemptions import Undetermined as DomainUndetermined
from gateway.schema.context import Info
from gateway.schema.enums import publish
from gateway.schema.permissions import RequiresBoundBody, RequiresRedeem
from gateway.schema.refusals import Undetermined
from gateway.services.upload_redemptions import upload_redemptions as upload

_REASONS = {
    Rejection.REQUEST_REUSED: "This requestId was used for another request. Nothing was recorded.",
    Rejection.DENIED_ONLINE: "The same request had come online, and was denied.",
    Rejection.UNKNOWN_REWARD: "The allowance is not for this reward.",
    Rejection.OUTSIDE_ALLOWANCE: "It happened before the allowance began, after it ended, or is yet to happen.",
    Rejection.PERIOD_CLOSED: "It came too late: its period is closed.",
    Rejection.BEYOND_ALLOWANCE: "The allowance's units were used up. The pass was not looked at.",
    Rejection.NOT_VERIFIABLE: "It is no token that was signed for your sector and good at that time.",
}

publish(
    Verdict,
    name="Verdict",
    description="What became of a tap. None of these says anything about a person.",
    values={
        Verdict.ACCEPTED: "It is redeemed, and paid.",
        Verdict.ACCEPTED_LATE: "The same, though it came after its allowance had ended.",
        Verdict.DUPLICATE: "It is on record already, by an earlier upload or online. Nothing happened twice.",
        Verdict.REJECTED: "It is not redeemed and not paid; your settlement lists it.",
    },
)
publish(
    Rejection,
    name="Rejection",
    description="Why a tap was rejected; the first that applies. None of these is about a person.",
    values=_REASONS,
)


@strawberry.input(description="One tap as the gate stored it.")
class TapInput:
    """A tap in the input of uploadRedemptions."""

    request_id: strawberry.ID = strawberry.field(
        description="Of this tap for ever; that of the online try, if there was one: 16 to 64 of A-Z a-z 0-9 _ -."
    )
    pass_: str = strawberry.field(name="pass", description="The token that the gate read.")
    reward: strawberry.ID = strawberry.field(description="The code of a reward of the allowance.")
    happened_at: datetime = strawberry.field(description="When the gate granted it, by the gate's clock.")
    quantity: int = strawberry.field(default=1, description="How many units.")


@strawberry.input(description="Taps that one allowance covers.")
class UploadRedemptionsInput:
    """The input of uploadRedemptions."""

    allowance: str = strawberry.field(description="The token of the allowance that the gate decided by.")
    taps: list[TapInput] = strawberry.field(description="From 1 to 32, as many as fit into a request.")


@strawberry.type(description="The verdict on one tap. The same again gives DUPLICATE, or the same rejection.")
class TapVerdict:
    """A verdict as partners see it."""

    request_id: strawberry.ID = strawberry.field(description="The tap's.")
    verdict: Verdict = strawberry.field(description="What became of it.")
    reason: Rejection | None = strawberry.field(description="Why it was rejected.")
    message: str | None = strawberry.field(description="The reason in one sentence.")
    redemption_id: strawberry.ID | None = strawberry.field(description="The redemption that it is.")

    @classmethod
    def of(cls, judged: Judged) -> Self:
        """Translate the domain's verdict."""
        return cls(
            request_id=strawberry.ID(judged.request_id),
            verdict=judged.verdict,
            reason=judged.rejection,
            message=None if judged.rejection is None else _REASONS[judged.rejection],
            redemption_id=None if judged.redemption_id is None else strawberry.ID(judged.redemption_id),
        )


@strawberry.type(description="What became of an upload: a verdict for every tap.")
class Uploaded:
    """An upload's outcome as partners see it."""

    verdicts: list[TapVerdict] = strawberry.field(description="In the order of the upload.")


UploadRedemptionsResult = Annotated[
    Uploaded | Undetermined,
    strawberry.union("UploadRedemptionsResult", description="What uploadRedemptions answers."),
]


@strawberry.mutation(
    description="Hand in what was granted offline. Each tap stands for itself; uploading again changes nothing.",
    permission_classes=[RequiresRedeem, RequiresBoundBody],
)
async def upload_redemptions(
    info: Info,
    input: Annotated[UploadRedemptionsInput, strawberry.argument(description="What to hand in.")],
) -> UploadRedemptionsResult:
    """Translate in, record, translate out."""
    taps = [
        Tap(
            request_id=str(tap.request_id),
            presented=PresentedPass(tap.pass_),
            reward=str(tap.reward),
            quantity=tap.quantity,
            happened_at=tap.happened_at,
        )
        for tap in input.taps
    ]
    request = Upload(allowance=input.allowance, taps=taps)
    outcome = await upload(info.context.ports, info.context.caller, request)
    if isinstance(outcome, DomainUndetermined):
        return Undetermined.of(outcome)
    return Uploaded(verdicts=[TapVerdict.of(one) for one in outcome])
