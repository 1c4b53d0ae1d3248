"""Laurel as a partner's machine sees it: verify a pass, hold and redeem a reward once, take it back, reconcile."""

from laurel_client.answers import (
    cancellation_from,
    hold_from,
    outcome_from,
    verdict_from,
)
from laurel_client.books import Books, given_only
from laurel_client.connection import new_request_id
from laurel_client.gate import Gate
from laurel_client.results import (
    Cancellation,
    CancellationStatus,
    Eligible,
    Hold,
    NotEligible,
    Redemption,
    Refused,
    ReversalReason,
    Undetermined,
)


class LaurelClient(Books, Gate):
    """One device's connection. Use it as an async context manager, or call `aclose`; share it between tasks.

    Every method signs, renews the token, and tries again until the policy's deadline. All of them raise:

        Unavailable, BadReply: no answer, or none of the contract. A change may be recorded or not; the error's
            `request_id` is what to send again.
        BadInput: no valid request looks like this; a mistyped code, too.
        Unauthenticated, Forbidden, UnknownDocument: as in `errors`.
    """

    async def verify_pass(
        self, pass_: str, reward: str, quantity: int = 1, occasion: str | None = None
    ) -> Eligible | NotEligible | Undetermined:
        """Ask whether a pass (its token or its typed code) may have so many units of a reward now."""
        variables = {"pass": pass_, "reward": reward, "quantity": quantity} | given_only(occasion=occasion)
        return verdict_from(await self.execute("VerifyPass", variables))

    async def redeem_reward(
        self,
        pass_: str,
        reward: str,
        quantity: int = 1,
        occasion: str | None = None,
        *,
        pin: str | None = None,
        request_id: str | None = None,
    ) -> Redemption | Refused | Undetermined:
        """Redeem units of a reward, once for this request id (a new one, if you give none)."""
        given = {"pass": pass_, "reward": reward, "quantity": quantity} | given_only(occasion=occasion, pin=pin)
        return await self.change("RedeemReward", "redeemReward", given, request_id, read=outcome_from)

    async def hold_reward(
        self,
        pass_: str,
        reward: str,
        quantity: int = 1,
        occasion: str | None = None,
        *,
        pin: str | None = None,
        request_id: str | None = None,
    ) -> Hold | Refused | Undetermined:
        """Keep units of a reward while the resident pays; then confirm or release. Redeem nothing on a hold."""
        given = {"pass": pass_, "reward": reward, "quantity": quantity} | given_only(occasion=occasion, pin=pin)
        return await self.change("HoldReward", "holdReward", given, request_id, read=hold_from)

    async def confirm_hold(
        self, hold_id: str, quantity: int | None = None, *, request_id: str | None = None
    ) -> Redemption | Refused | Undetermined:
        """Redeem all units of a hold, or a part; the rest is released."""
        given = {"holdId": hold_id} | given_only(quantity=quantity)
        return await self.change("ConfirmHold", "confirmHold", given, request_id, read=outcome_from)

    async def release_hold(self, hold_id: str, *, request_id: str | None = None) -> Hold | Refused | Undetermined:
        """Give a hold up: its units and places are free at once."""
        return await self.change("ReleaseHold", "releaseHold", {"holdId": hold_id}, request_id, read=hold_from)

    async def cancel_occasion(
        self, occasion: str, *, request_id: str | None = None
    ) -> Cancellation | Refused | Undetermined:
        """Cancel an occasion for good, and take back all that was given for it; returns when all of it is done.

        Sends the same request until then. After an error, call it again with the error's `request_id`.
        """
        own_id = request_id or new_request_id()
        while True:
            state = await self.change(
                "CancelOccasion", "cancelOccasion", {"occasion": occasion}, own_id, read=cancellation_from
            )
            if not isinstance(state, Cancellation) or state.status is not CancellationStatus.RUNNING:
                return state

    async def reverse_redemption(
        self,
        redemption_id: str,
        reason: ReversalReason,
        quantity: int | None = None,
        *,
        request_id: str | None = None,
    ) -> Redemption | Refused | Undetermined:
        """Take back what remains of a redemption, or a part of it; answers the redemption as it then stands."""
        given = {"redemptionId": redemption_id, "reason": reason.value} | given_only(quantity=quantity)
        return await self.change("ReverseRedemption", "reverseRedemption", given, request_id, read=outcome_from)
