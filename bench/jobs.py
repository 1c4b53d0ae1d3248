"""Single requests, each with what its answer has to be. What is wrong or refused counts for nothing."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from bench.load import Answer
from bench.turnstile import REWARD, Turnstile
from laurel_client import Eligible, NotEligible, Redemption, Status
from laurel_client.answers import outcome_from, verdict_from


class WrongAnswer(Exception):
    """A server's answer isn't the one that must come. Nothing of it is quoted: tokens and passes may be in it."""


class TooBusy(WrongAnswer):
    """The server says that it can't answer in time (503): on a machine that others use, it may be right."""


@dataclass(frozen=True, slots=True)
class Job:
    """A request as it goes over the wire, and whether an answer to it is right."""

    request: bytes
    is_right: Callable[[Answer], bool]


def get(path: str, body: bytes) -> Job:
    """Return a GET that is answered with the same bytes every time."""
    right = Answer(200, body)
    request = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n"
    return Job(request.encode("ascii"), right.__eq__)


def verification(turnstile: Turnstile, shown: str) -> Job:
    """Return a `verifyPass` by a resident who is eligible."""
    return Job(turnstile.signed(_asking(turnstile, shown)), is_eligible)


def redemption(turnstile: Turnstile, shown: str, request_id: str) -> Job:
    """Return a `redeemReward` that has to be recorded now."""
    return Job(turnstile.signed(_redeeming(turnstile, shown, request_id)), is_recorded(request_id))


def is_recorded(request_id: str) -> Callable[[Answer], bool]:
    """Return whether an answer says that a request was recorded just now."""

    def is_right(answer: Answer) -> bool:
        found = redemption_in(answer)
        return not found.replayed and found.status is Status.REDEEMED and found.request_id == request_id

    return is_right


def repetition(turnstile: Turnstile, shown: str, first: Redemption) -> Job:
    """Return a `redeemReward` of before with a fresh proof; its answer is the first one, marked as replayed."""
    right = replace(first, replayed=True)
    request = turnstile.signed(_redeeming(turnstile, shown, first.request_id))
    return Job(request, lambda answer: redemption_in(answer) == right)


def forgeries(turnstile: Turnstile, shown: str, used: bytes) -> list[Job]:
    """Return what has to be refused: a used proof, a forged access token, a forged pass."""
    by_nobody = turnstile.signed(_asking(turnstile, shown), token=forged(turnstile.token))
    return [
        Job(used, is_unauthenticated),
        Job(by_nobody, is_unauthenticated),
        Job(turnstile.signed(_asking(turnstile, forged(shown))), is_not_eligible),
    ]


def redemption_in(answer: Answer) -> Redemption:
    """Return the redemption that an answer brings, or raise WrongAnswer."""
    found = outcome_from(_data(answer), "redeemReward")
    if not isinstance(found, Redemption):
        raise WrongAnswer(f"A redemption was answered with {type(found).__name__}.")
    return found


def _asking(turnstile: Turnstile, shown: str) -> bytes:
    return turnstile.body("VerifyPass", {"pass": shown, "reward": REWARD, "quantity": 1})


def _redeeming(turnstile: Turnstile, shown: str, request_id: str) -> bytes:
    given = {"pass": shown, "reward": REWARD, "quantity": 1, "requestId": request_id}
    return turnstile.body("RedeemReward", {"input": given})


def forged(token: str) -> str:
    """Change a token in the middle of its signature: not all bits of the last character count."""
    return token[:-40] + ("A" if token[-40] != "A" else "B") + token[-39:]


def _data(answer: Answer) -> Any:
    if answer.status != 200:
        raise WrongAnswer(f"A request was answered with status {answer.status}.")
    content = json.loads(answer.body)
    if content.keys() != {"data"}:
        raise WrongAnswer("An answer brings errors.")
    return content["data"]


def is_eligible(answer: Answer) -> bool:
    """Whether an answer says that the pass may have one unit of the reward."""
    return verdict_from(_data(answer)) == Eligible(reward=REWARD, quantity=1, remaining=None)


def is_not_eligible(answer: Answer) -> bool:
    """Whether it says that the pass may not."""
    return isinstance(verdict_from(_data(answer)), NotEligible)


def is_unauthenticated(answer: Answer) -> bool:
    """Whether the caller was refused."""
    return answer.status == 401
