"""Partners' machines that do all that the contract has, rightly and wrongly, with passes of every form."""

import random
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from time import time

import httpx2

from laurel_client import Credentials, new_request_id
from tests.flow.eavesdropping import Eavesdropper
from tests.flow.test_canary import misuse
from tests.flow.wire import Wire

SEED = 20_261_125
FUZZ = 40
"""Mutated requests of each machine."""


class Ear(Eavesdropper):
    """Keeps every answer whole besides: its status, its headers, its body."""

    def __init__(self) -> None:
        super().__init__()
        self.answers: list[bytes] = []

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Carry one request."""
        answer = super().handle_request(request)
        said = [(name, value) for name, value in answer.headers.multi_items() if name != "content-length"]
        head = "".join(f"{name}: {value}\n" for name, value in said)  # a length is by chance somebody's PIN
        self.answers.append(f"{answer.status_code}\n{head}\n".encode() + answer.content)
        return answer


class Desk(Wire):
    """A machine that counts which documents it has sent."""

    def __init__(self, credentials: Credentials, ear: Ear) -> None:
        super().__init__(credentials, transport=ear)
        self.sent: set[str] = set()

    def send(self, name: str, **variables: object) -> httpx2.Response:
        """Send one of the partner's documents."""
        self.sent.add(name)
        return super().send(name, **variables)

    def acts(self, name: str, **given: object) -> Mapping[str, str]:
        """Send a mutation with an id of its own, and return its answer."""
        answer: Mapping[str, str] = self.ask(name, input={"requestId": new_request_id(), **given})
        return answer


def play_all(desk: Desk, passes: Sequence[str], reward: str, *, pin: str | None, show: str | None) -> str:
    """Do all that a machine of any kind does; return the id of a redemption that stands."""
    more = {} if show is None else {"occasion": show}
    found = ""
    for shown in passes:
        desk.ask("VerifyPass", **{"pass": shown, "reward": reward, **more})
        given = {"pass": shown, "reward": reward, **more}
        for tried in [pin, None, "0000"] if pin else [None]:
            done = desk.acts("RedeemReward", **given, pin=tried)
            found = done.get("id", found)
        desk.acts("RedeemReward", **given, pin=pin, quantity=6)
    desk.ask("Redemption", id=found)
    desk.acts("ReverseRedemption", redemptionId=found, reason="RETURNED")
    last = passes[0]
    found = desk.acts("RedeemReward", **{"pass": last, "reward": reward, "pin": pin, **more}).get("id", found)
    for name in ("Service", "Rewards", "Redemptions", "DeviceRedemptions"):
        desk.ask(name)
    since = datetime.now(UTC).replace(day=1).isoformat()
    desk.ask("Redemptions", reversedSince=since, reversedUntil=datetime.now(UTC).isoformat())
    desk.ask("Settlement", month=f"{datetime.now(UTC):%Y-%m}")
    upload(desk, passes, reward)
    return found


def upload(desk: Desk, passes: Sequence[str], reward: str) -> None:
    """Hand in what was granted offline, where the machine may grant anything, and what never was."""
    allowance = desk.ask("OfflineAllowance")
    now = datetime.now(UTC).isoformat()
    taps = [
        {"requestId": new_request_id(), "pass": shown, "reward": reward, "quantity": 1, "happenedAt": now}
        for shown in passes
    ]
    token = allowance["token"] if allowance else passes[0]
    for _ in range(2):
        desk.send("UploadRedemptions", input={"allowance": token, "taps": taps})


def sell(desk: Desk, passes: Sequence[str], reward: str, shows: Sequence[str]) -> None:
    """Hold, confirm and release places, and call a show off."""
    desk.ask("Occasions")
    for shown, end in zip(passes, ("ConfirmHold", "ReleaseHold", "ConfirmHold"), strict=False):
        held = desk.acts("HoldReward", **{"pass": shown, "reward": reward, "occasion": shows[0]})
        if "id" in held:
            desk.acts(end, holdId=held["id"])
        desk.acts("HoldReward", **{"pass": shown, "reward": reward, "occasion": shows[1], "quantity": 2})
    desk.acts("CancelOccasion", occasion=shows[1])


def read_list(desk: Desk, sector: str) -> httpx2.Response:
    """Ask for a sector's status list."""
    url = f"{desk.credentials.issuer}/status-lists/{sector}"
    proof = desk.key.proof("GET", url, now=time(), token=desk.token, nonce=desk.nonce)
    return desk.http.get(url, headers={"Authorization": f"DPoP {desk.token}", "DPoP": proof})


def fuzz(desk: Desk, canaries: Sequence[str], reward: str) -> None:
    """Send requests that are wrong by chance, always the same ones, and each with somebody's secret in it."""
    chance = random.Random(SEED)
    for number in range(FUZZ):
        canary = canaries[number % len(canaries)]
        name = chance.choice(["VerifyPass", "RedeemReward"])
        given = {"pass": canary, "reward": reward}
        body = desk.body(name, given if name == "VerifyPass" else {"input": {**given, "requestId": "x" * 20}})
        desk.post(_mutated(body, canary.encode(), chance))
        header = chance.choice(["Accept", "Content-Type", "Origin", "X-Request-Id", "Cookie", "Traceparent"])
        desk.post(body, [*desk.signed(body)[:2], ("Content-Type", "application/json"), (header, canary)])
    for canary in (canaries[0], canaries[-1]):
        misuse(desk, canary)


def _mutated(body: bytes, canary: bytes, chance: random.Random) -> bytes:
    at, other = sorted(chance.randrange(len(body)) for _ in range(2))
    match chance.randrange(6):
        case 0:
            return body[:at] + bytes([chance.randrange(256)]) + body[at + 1 :]
        case 1:
            return body[:at] + body[other:]
        case 2:
            return body[:other] + body[at:]
        case 3:
            return body[:at] + canary + body[at:]
        case 4:
            return body[:at] + b'"' + canary + b'": {"' + canary + b'": 1}' + body[at:]
        case _:
            return body[:at]
