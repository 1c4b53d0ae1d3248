"""When the line is back: each tap is handed in until it has a verdict, and what was not wanted is taken back."""

import base64
import hashlib
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import groupby
from typing import assert_never

from laurel_client import (
    BadInput,
    LaurelClient,
    LaurelError,
    Redemption,
    Refused,
    ReversalReason,
    Status,
    Tap,
    TapVerdict,
    Unavailable,
    Undetermined,
    Verdict,
)
from laurel_turnstile.box import Box
from laurel_turnstile.gate import Gate
from laurel_turnstile.provisions import Provisions
from laurel_turnstile.sealing import Seal
from laurel_turnstile.tally import Tally
from laurel_turnstile.taps import Kept, State
from laurel_turnstile.terms import Terms

IN_FLIGHT_SECONDS = 180.0
"""How long a request that was sent may still arrive: its proof is good for 70 seconds, and clocks differ."""

LATE = (ReversalReason.GATE_NOT_OPENED, ReversalReason.SALE_FAILED)
"""How a redemption is taken back: as a jam, and where it is too late for that, as a sale that came to nothing."""


class HandingIn:
    """Empties the box over the line. All of it may be repeated after a crash at any moment: ids stay the same."""

    def __init__(
        self, *, box: Box, provisions: Provisions, seal: Seal, gate: Gate, terms: Terms, tally: Tally
    ) -> None:
        self._box = box
        self._provisions = provisions
        self._seal = seal
        self._gate = gate
        self._terms = terms
        self._tally = tally
        self._since: dict[str, float] = {}

    async def run(self, client: LaurelClient) -> None:
        """Hand in and take back what can be now.

        Raises:
            LaurelError: the line failed; what is left stays in the box.
        """
        await self._upload(client)
        self._give_up_questions()
        await self._take_all_back(client)

    async def _upload(self, client: LaurelClient) -> None:
        waiting = self._box.of(State.GRANTED, until=_ago(self._terms.settle))
        for allowance, taps in groupby(sorted(waiting, key=_by_allowance), key=_by_allowance):
            await self._upload_all(client, self._provisions.token(allowance), list(taps))

    async def _upload_all(self, client: LaurelClient, token: str, kept: Sequence[Kept]) -> None:
        by_id = {tap.request_id: tap for tap in kept}
        taps = [tap for each in kept if (tap := self._opened(each)) is not None]
        self._box.tell([tap.request_id for tap in taps])
        try:
            async for verdict in client.upload(token, taps):
                if isinstance(verdict, Undetermined):
                    return
                if verdict.request_id in by_id:  # of no other tap can it say anything
                    self._judge(by_id[verdict.request_id], verdict)
        except BadInput as error:
            if len(taps) > 1:
                for one in taps:  # so that a single bad one keeps nobody else's
                    await self._upload_all(client, token, [by_id[one.request_id]])
            elif taps:
                self._box.reject(by_id[taps[0].request_id], error.code, error.message, now=_ago(0))

    def _opened(self, kept: Kept) -> Tap | None:
        current = self._box.find(kept.request_id)
        if current is None or current.state is not State.GRANTED or current.sealed is None:
            return None  # it has a verdict already, or the arm did not turn
        text = self._seal.open(current.sealed, request_id=kept.request_id)
        if text is None:
            self._box.reject(kept, "UNREADABLE", "Another device's key sealed this tap.", now=_ago(0))
            return None
        return Tap(request_id=kept.request_id, pass_=text, reward=self._terms.reward, happened_at=kept.happened_at)

    def _judge(self, tap: Kept, verdict: TapVerdict) -> None:
        self._tally.verdicts[verdict.verdict.value] += 1
        current = self._box.find(tap.request_id)
        match verdict.verdict:
            case Verdict.ACCEPTED | Verdict.ACCEPTED_LATE | Verdict.DUPLICATE if verdict.redemption_id:
                self._box.opened(tap.request_id, verdict.redemption_id, card=None, now=_ago(0))
            case _ if current is not None and current.state is State.GRANTED:
                reason = verdict.reason or verdict.verdict.value
                self._box.reject(tap, reason, verdict.message or "", now=_ago(0))

    def _give_up_questions(self) -> None:
        """Let go of questions that a crash left without an answer: nobody stands there any more."""
        for tap in self._box.of(State.ASKED, until=_ago(self._terms.settle)):
            if tap.request_id not in self._gate.under_way:
                self._box.unwant(tap.request_id)

    async def _take_all_back(self, client: LaurelClient) -> None:
        failed: LaurelError | None = None
        for tap in self._box.of(State.UNWANTED, until=_ago(0)):
            try:
                await self._take_back(client, tap)
            except Unavailable:
                raise
            except LaurelError as error:
                failed = error  # this one's alone: it keeps nobody else's
        if failed is not None:
            raise failed

    async def _take_back(self, client: LaurelClient, tap: Kept) -> None:
        since = self._since.setdefault(tap.request_id, time.monotonic())
        if tap.redemption_id is None:
            found = await client.redemption(request_id=tap.request_id)
            if found is None and time.monotonic() - since < IN_FLIGHT_SECONDS:
                return  # it may still arrive
        else:
            found = await client.redemption(tap.redemption_id)
        if found is not None and found.status is not Status.REVERSED:
            await self._reverse(client, tap, found)
        else:
            self._box.end(tap.request_id)
        self._since.pop(tap.request_id, None)

    async def _reverse(self, client: LaurelClient, tap: Kept, found: Redemption) -> None:
        for reason in LATE:
            own = derived_id(tap.request_id, reason)
            answer = await client.reverse_redemption(found.id, reason, request_id=own)
            match answer:
                case Redemption():
                    self._tally.taken_back += 1
                    self._box.end(tap.request_id)
                    return
                case Refused():
                    continue
                case Undetermined():
                    return
                case _:
                    assert_never(answer)
        self._box.reject(tap, "NOT_TAKEN_BACK", "It was too late to give this ride back.", now=_ago(0))


def derived_id(request_id: str, reason: ReversalReason) -> str:
    """Return the request id of a reversal: the same after a crash."""
    digest = hashlib.sha256(f"laurel/turnstile/{reason.value}/{request_id}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:24]).decode("ascii")


def _by_allowance(tap: Kept) -> int:
    return tap.allowance or 0


def _ago(seconds: float) -> datetime:
    return datetime.now(UTC) - timedelta(seconds=seconds)
