"""The contract's answers from memory: enough of a gateway for a client to be judged against."""

from datetime import UTC, datetime, timedelta
from typing import Any

Json = dict[str, Any]

DENIED = {"message": "This pass is not entitled to this reward now.", "reference": "x" * 24}
MISTYPED = "CODE-THAT-ISNT-1"


def _refused(reason: str, **more: Any) -> Json:
    return {
        "__typename": "Refused",
        "reason": reason,
        "message": reason,
        "reference": None,
        "replayed": False,
    } | more


class StubLedger:
    """Redemptions of one partner. `quotas` maps (pass, reward) to the units left."""

    def __init__(self) -> None:
        self.quotas: dict[tuple[str, str], int] = {}
        self.redemptions: dict[str, Json] = {}
        self.elsewhere: set[str] = set()
        """Ids of redemptions that another device made."""
        self.occasions: list[Json] = []
        self.effects = 0
        self.forgets = False
        """A fault: every request counts as new, whatever its id."""
        self.replays_differ = False
        """A fault: a repeated request is answered with another redemption."""
        self._answers: dict[str, tuple[Json, Json]] = {}

    def answer(self, name: str, variables: Json) -> Json:
        """Return a GraphQL response for an operation."""
        if variables.get("pass") == MISTYPED:
            message = f"Variable '$pass' got invalid value {MISTYPED!r}: mistyped."
            return {"errors": [{"message": message, "extensions": {"code": "BAD_USER_INPUT"}}]}
        match name:
            case "VerifyPass":
                return {"data": {"verifyPass": self._verify(variables)}}
            case "RedeemReward":
                return {"data": {"redeemReward": self._once(variables["input"], self._redeem)}}
            case "ReverseRedemption":
                return {"data": {"reverseRedemption": self._once(variables["input"], self._reverse)}}
            case "Redemption":
                return {"data": {"redemption": self._find(variables)}}
            case "Redemptions":
                return {"data": {"redemptions": self._page(list(self.redemptions.values()), variables)}}
            case "DeviceRedemptions":
                here = [one for one in self.redemptions.values() if one["id"] not in self.elsewhere]
                return {"data": {"redemptions": self._page(here, variables)}}
            case "Occasions":
                return {"data": {"occasions": self._page(self._offered(variables)[::-1], variables)}}
        raise AssertionError(name)

    def _verify(self, asked: Json) -> Json:
        if self.quotas.get((asked["pass"], asked["reward"]), 0) < asked["quantity"]:
            return {"__typename": "NotEligible"} | DENIED
        return {
            "__typename": "Eligible",
            "reward": asked["reward"],
            "quantity": asked["quantity"],
            "remaining": None,
        }

    def _once(self, given: Json, act: Any) -> Json:
        request_id = given["requestId"]
        if request_id in self._answers and not self.forgets:
            asked, answer = self._answers[request_id]
            other = {"id": "rdm_other"} if self.replays_differ else {}
            return answer | {"replayed": True} | other if asked == given else _refused("REQUEST_REUSED")
        answer = dict(act(given))
        self._answers[request_id] = (given, answer)
        return answer

    def _redeem(self, given: Json) -> Json:
        place = (given["pass"], given["reward"])
        if self.quotas.get(place, 0) < given["quantity"]:
            return _refused("NOT_ELIGIBLE", **DENIED)
        self.quotas[place] -= given["quantity"]
        self.effects += 1
        now = datetime.now(UTC)
        redemption = {
            "__typename": "Redemption",
            "id": f"rdm_{len(self.redemptions):022}",
            "requestId": given["requestId"],
            "reward": given["reward"],
            "quantity": given["quantity"],
            "reversedQuantity": 0,
            "status": "REDEEMED",
            "occasion": given.get("occasion"),
            "redeemedAt": now.isoformat(),
            "reversibleUntil": (now + timedelta(days=1)).isoformat(),
            "replayed": False,
        }
        self.redemptions[redemption["id"]] = redemption | {"pass": given["pass"]}
        return redemption

    def _reverse(self, given: Json) -> Json:
        found = self.redemptions.get(given["redemptionId"])
        if found is None:
            return _refused("NOT_FOUND")
        left = found["quantity"] - found["reversedQuantity"]
        units = given.get("quantity", left)
        if units > left:
            return _refused("QUANTITY_EXCEEDED")
        found["reversedQuantity"] += units
        found["status"] = "REVERSED" if units == left else "PARTLY_REVERSED"
        self.quotas[found["pass"], found["reward"]] += units
        self.effects += 1
        return found

    def _find(self, asked: Json) -> Json | None:
        for found in self.redemptions.values():
            if asked.get("id") == found["id"] or asked.get("requestId") == found["requestId"]:
                return found
        return None

    def _offered(self, asked: Json) -> list[Json]:
        """Return the occasions that are asked for, those that end soonest first."""
        return [
            one
            for one in sorted(self.occasions, key=lambda one: str(one["endsAt"]))
            if asked.get("over") or one["status"] == "ON"
            if asked.get("reward") in (None, one["reward"])
        ]

    def _page(self, found: list[Json], asked: Json) -> Json:
        """Return at most three at once, the last first, so that a few already fill more than one page."""
        newest_first = found[::-1]
        start = int(asked.get("after", 0))
        nodes = newest_first[start : start + min(asked["first"], 3)]
        end = start + len(nodes)
        return {
            "edges": [{"cursor": str(start + place + 1), "node": node} for place, node in enumerate(nodes)],
            "pageInfo": {"hasNextPage": end < len(newest_first), "endCursor": str(end)},
        }
