"""`python -m laurel_client rehearse PARTNER.json PASSES.json`: each persona of a sandbox before your machine.

Every pass is verified for every reward that the partner gives, and each answer compared with the one that the file
expects. With `--redeem` one persona of each reward who may have it goes the whole way as well: redeemed, the same
request again, taken back. Ends with 0 where all is as it must be, else with 1.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from laurel_client.client import LaurelClient
from laurel_client.connection import new_request_id
from laurel_client.credentials import Credentials
from laurel_client.errors import BadInput, LaurelError
from laurel_client.results import Eligible, NotEligible, Redemption, Refused, ReversalReason, Undetermined

Entry = Mapping[str, Any]
_ROW = "{:<30} {:<22} {:<14} {}"


def rehearse_partner(arguments: Sequence[str]) -> int:
    """Rehearse with a sandbox's personas; return the exit status."""
    parser = argparse.ArgumentParser(
        prog="laurel_client rehearse", description="Show each persona of a sandbox to your machine."
    )
    parser.add_argument("partner", help="the partner file, such as var/sandbox/partners/harbour-metro.json")
    parser.add_argument("passes", type=Path, help="the sandbox's passes, such as var/sandbox/passes.json")
    parser.add_argument("--redeem", action="store_true", help="redeem, repeat and take back each reward once")
    given = parser.parse_args(arguments)
    try:
        wrong = asyncio.run(_rehearse(given.partner, _entries(given.passes), redeem=given.redeem))
    except LaurelError as problem:
        print(problem, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    print("All as it must be." if not wrong else f"{wrong} answers are not as they must be.")
    return 1 if wrong else 0


def _entries(path: Path) -> list[Entry]:
    try:
        entries = json.loads(path.read_bytes())
    except OSError as problem:
        raise BadInput("BAD_USER_INPUT", f"{path}: {problem.strerror}.") from None
    except ValueError:
        entries = None
    if not isinstance(entries, list):
        raise BadInput("BAD_USER_INPUT", f"{path}: this is no passes.json of a sandbox.")
    return entries


async def _rehearse(partner: str, entries: Sequence[Entry], *, redeem: bool) -> int:
    credentials = Credentials.from_file(partner)
    wrong = 0
    print(_ROW.format("Reward", "Persona", "Answer", ""))
    async with LaurelClient(credentials) as client:
        for reward in sorted(credentials.rewards):
            concerned = [each for each in entries if reward in each["expect"]]
            for entry in concerned:
                said = _word(await client.verify_pass(entry["token"] or entry["code"], reward))
                right = said == entry["expect"][reward]
                wrong += not right
                print(_ROW.format(reward, entry["persona"], said, "" if right else "must be another"))
            able = [each for each in concerned if each["expect"][reward] == "ELIGIBLE"]
            if redeem and able:
                wrong += await _whole_way(client, reward, able[-1])
    return wrong


async def _whole_way(client: LaurelClient, reward: str, entry: Entry) -> int:
    """Redeem, repeat and take back; return how many answers were wrong."""
    occasion = next(iter(client.credentials.occasions.get(reward, ())), None)
    own, shown = new_request_id(), entry["token"] or entry["code"]
    told = []
    for _ in range(2):
        told.append(await client.redeem_reward(shown, reward, 1, occasion, pin=entry.get("pin"), request_id=own))
    first, again = told
    said = Counter({"redeemed": int(isinstance(first, Redemption))})
    if isinstance(first, Redemption) and isinstance(again, Redemption):
        said["again"] = int(again.replayed and again.id == first.id)
        back = await client.reverse_redemption(first.id, ReversalReason.MISTAKE)
        said["taken back"] = int(isinstance(back, Redemption) and back.reversed_quantity == 1)
    done = [name for name in ("redeemed", "again", "taken back") if said[name]]
    print(_ROW.format(reward, entry["persona"], ", ".join(done) or _word(first), ""))
    return 3 - len(done)


def _word(answer: Eligible | NotEligible | Redemption | Refused | Undetermined) -> str:
    match answer:
        case Eligible():
            return "ELIGIBLE"
        case NotEligible():
            return "NOT_ELIGIBLE"
        case Refused():
            return answer.reason.value
        case Undetermined():
            return "UNDETERMINED"
        case Redemption():
            return answer.status.value
