"""The answers that say no, or not now: shared by every field that decides."""

from typing import Self

import strawberry

from gateway.domain.redemptions import Doubt, Reason
from gateway.domain.redemptions import Refused as DomainRefused
from gateway.domain.redemptions import Undetermined as DomainUndetermined
from gateway.schema.enums import publish

NOT_ELIGIBLE = "Not possible with this pass. The resident can ask at a volunteer desk, with the reference."

_MESSAGES = {
    Reason.REQUEST_REUSED: "This requestId was used for another request. Choose a new one.",
    Reason.IN_PROGRESS: "The same request is being decided right now. Send it again in a second.",
    Reason.UNKNOWN_REWARD: "You give no reward of this code. The query rewards lists yours.",
    Reason.UNKNOWN_OCCASION: "You have no occasion of this id for this reward that goes on.",
    Reason.SOLD_OUT: "No places are left for this occasion.",
    Reason.NOT_ELIGIBLE: NOT_ELIGIBLE,
    Reason.NOT_FOUND: "You have no redemption or hold of this id.",
    Reason.HOLD_ENDED: "This hold has ended: it was confirmed or released, or its time is over.",
    Reason.WINDOW_CLOSED: "The time in which this redemption could be taken back is over.",
    Reason.QUANTITY_EXCEEDED: "That is more than remains of it.",
}

_DOUBTS = {
    Doubt.REGISTRY_TOO_OLD: "The city's register is out of date. Serve by hand; nothing was recorded.",
    Doubt.KEYS_MISSING: "The gateway lacks a key. Serve by hand; nothing was recorded.",
}

publish(
    Reason,
    name="Reason",
    description="Why a request was refused; the first that applies. What is not about the person comes first.",
    values=_MESSAGES,
)

publish(Doubt, name="Doubt", description="Why the gateway may not decide now.", values=_DOUBTS)


def refused_with(*reasons: Reason) -> str:
    """Return the sentence that ends a mutation's description; the reference makes a table of it."""
    return f"Refused with {', '.join(reasons)}."


@strawberry.type(description="The request was understood and can't be granted. Nothing else happened.")
class Refused:
    """A refusal as partners see it."""

    reason: Reason = strawberry.field(description="A stable code.")
    message: str = strawberry.field(description="One neutral sentence for the counter.")
    reference: str | None = strawberry.field(
        description="Set where the pass decided: a sealed note that only a volunteer desk can open, with the pass."
    )
    replayed: bool = strawberry.field(description="Whether an earlier request with this requestId was refused so.")

    @classmethod
    def of(cls, refused: DomainRefused) -> Self:
        """Translate the domain's refusal."""
        return cls(
            reason=refused.reason,
            message=_MESSAGES[refused.reason],
            reference=refused.reference,
            replayed=refused.replayed,
        )


@strawberry.type(description="The gateway is up but may not decide. Never a denial; ask again later.")
class Undetermined:
    """A doubt as partners see it."""

    doubt: Doubt = strawberry.field(description="A stable code.")
    message: str = strawberry.field(description="One sentence that says what to do.")

    @classmethod
    def of(cls, undetermined: DomainUndetermined) -> Self:
        """Translate the domain's doubt."""
        return cls(doubt=undetermined.doubt, message=_DOUBTS[undetermined.doubt])
