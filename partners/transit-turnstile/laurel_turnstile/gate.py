"""One gate: a pass is shown, and it opens or not. Whatever it answers is on the disk before.

The gateway is asked under the tap's own request id. Where it does not answer in time, the gate decides alone, and
what it grants is handed in under the same id: so the gateway counts it once, whether the question arrived early,
late or never. Where the gate stays closed on an unanswered question, that is found out and taken back.
"""

import asyncio
import re
import sqlite3
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

import laurel_client
from laurel_client import BadInput, LaurelError, Redemption, Refused, Status
from laurel_turnstile.box import Box
from laurel_turnstile.decision import Closed, Opens, Undetermined, decide
from laurel_turnstile.line import Line
from laurel_turnstile.provisions import Provisions
from laurel_turnstile.sealing import Seal
from laurel_turnstile.tally import Tally
from laurel_turnstile.taps import State
from laurel_turnstile.terms import Terms

REQUEST_ID = re.compile("[A-Za-z0-9_-]{16,64}")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the controller hears. `word` is open, closed or undetermined; `by` is gateway or gate."""

    word: str
    by: str
    why: str | None = None


class Gate:
    """Decides about passes, and takes back."""

    def __init__(
        self, *, box: Box, provisions: Provisions, line: Line, seal: Seal, terms: Terms, tally: Tally
    ) -> None:
        self._box = box
        self._provisions = provisions
        self._line = line
        self._seal = seal
        self._terms = terms
        self._tally = tally
        self.under_way: dict[str, tuple[str, asyncio.Task[Answer]]] = {}
        """The pass and the decision of each tap that is being decided."""

    async def shown(self, request_id: str, text: str) -> Answer:
        """Return the answer to a pass. The same tap, shown again while it is decided, gets the same answer.

        Another pass under its id opens nothing.
        """
        if request_id not in self.under_way:
            begun = asyncio.create_task(self._decide(request_id, text))
            begun.add_done_callback(lambda _: self.under_way.pop(request_id, None))
            self.under_way[request_id] = text, begun
        shown, deciding = self.under_way[request_id]
        if shown != text:
            return Answer("closed", "gate")
        # Shielded: a controller that hangs up changes nothing about what the gateway has been asked.
        return await asyncio.shield(deciding)

    async def at_rest(self) -> None:
        """Wait until nothing is being decided."""
        await asyncio.gather(*(deciding for _, deciding in self.under_way.values()), return_exceptions=True)

    def annul(self, request_id: str) -> None:
        """Note that the arm did not turn.

        Raises:
            sqlite3.Error: the disk did not take it.
        """
        try:
            self._box.annul(request_id, now=_now())
        except sqlite3.Error as error:
            self._tally.tried("storage", error)
            raise

    async def _decide(self, request_id: str, text: str) -> Answer:
        try:
            answer = (
                self._known(request_id, text) or await self._ask(request_id, text) or self._alone(request_id, text)
            )
            self._tally.tried("storage")
        except sqlite3.Error as error:
            self._tally.tried("storage", error)
            answer = Answer("undetermined", "gate", "storage")
        self._tally.answers[answer.word, answer.by] += 1
        return answer

    def _known(self, request_id: str, text: str) -> Answer | None:
        """Return the answer that the same tap has had; an id that comes with another pass opens nothing."""
        known = self._box.find(request_id)
        if known is None or known.state is State.ASKED:
            return None
        same = self._box.card_of(request_id) == self._seal.mark(text)
        is_open = same and known.state in (State.GRANTED, State.OPENED)
        return Answer("open" if is_open else "closed", "gate")

    async def _ask(self, request_id: str, text: str) -> Answer | None:
        """Return the gateway's answer; None where there is none in time."""
        if not self._line.up:
            return None
        self._box.ask(request_id, now=_now())
        try:
            answer = await self._line.quick.redeem_reward(text, self._terms.reward, request_id=request_id)
        except BadInput:
            self._line.answered()
            self._box.forget(request_id)
            return Answer("undetermined", "gateway", "scan-again")
        except LaurelError as error:
            self._line.failed(error)
            return None
        self._line.answered()
        match answer:
            case Redemption():
                kept = self._box.opened(request_id, answer.id, card=self._seal.mark(text), now=_now())
                return Answer("open" if kept and answer.status is Status.REDEEMED else "closed", "gateway")
            case Refused():
                self._box.forget(request_id)
                return Answer("closed", "gateway")
            case laurel_client.Undetermined():
                self._box.forget(request_id)
                return Answer("undetermined", "gateway", "gateway-undetermined")
            case _:
                assert_never(answer)

    def _alone(self, request_id: str, text: str) -> Answer:
        began, now = time.perf_counter(), _now()
        mark = self._seal.mark(text)
        decided = decide(text, self._provisions.held(), self._box.rides(mark), terms=self._terms, now=now)
        match decided:
            case Opens(allowance):
                opens = self._box.grant(
                    request_id,
                    sealed=self._seal.close(text, request_id=request_id),
                    card=mark,
                    allowance=allowance.id,
                    day=allowance.day,
                    now=now,
                )
                answer = Answer("open" if opens else "closed", "gate")
            case Closed():
                self._box.unwant(request_id)
                answer = Answer("closed", "gate")
            case Undetermined(why):
                self._box.unwant(request_id)
                answer = Answer("undetermined", "gate", why)
            case _:
                assert_never(decided)
        self._tally.decided_alone(time.perf_counter() - began)
        return answer


def _now() -> datetime:
    return datetime.now(UTC)
