"""I1, at every instant: what stood for certain between two clients' events is never more than the limit.

For certain means: it had been acknowledged, and nobody had yet asked to have it back. What the database did in
between is not guessed.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from tests.history.journal import FAIL, Call
from tests.history.snapshot import Snapshot

SKEW_SECONDS = 1.0
"""How far the clients' clock and the database's may be apart."""

FOREVER = float("inf")
ALL = 10**6
Change = tuple[float, int]


def never_over_quota(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """Yield what was over its limit at some instant, by the clients; or is, by the database."""
    limits: dict[str, int] = defaultdict(int)
    for call in calls:
        if "quota" in call.asked:
            limits[call.asked["quota"]] = max(limits[call.asked["quota"]], call.asked["limit"])
    for quota, changes in _changes(calls).items():
        standing = peak = 0
        for _, change in sorted(changes):
            standing += change
            peak = max(peak, standing)
        if peak > limits[quota]:
            yield f"I1: {peak} units of {quota} stood at once, of {limits[quota]}"
    for row in state.quotas:
        limit = limits.get(f"{row['pseudonym'].hex()}/{row['bucket']}", row["allowance"])
        if row["used"] + row["held"] > limit:
            yield f"I1: a quota has {row['used']} used and {row['held']} held of {limit}"


def _changes(calls: Sequence[Call]) -> dict[str, list[Change]]:
    """When units of each quota began to stand for certain, and when they no longer did."""
    back = _asked_back(calls)
    quota_of = {call.answer["id"]: call.asked["quota"] for call in calls if call.ok and "quota" in call.asked}
    changes: dict[str, list[Change]] = defaultdict(list)
    seen: set[str] = set()
    for call in sorted((one for one in calls if one.ok), key=lambda one: float(one.answer["at"])):
        made = str(call.answer.get("id"))
        quota = quota_of.get(call.asked["hold"] if call.asked["op"] == "confirm" else made)
        if quota is None or made in seen or call.asked["op"] in ("reverse", "release"):
            continue
        seen.add(made)
        at, left = call.answer["at"], call.answer["quantity"]
        until = call.answer.get("expires", FOREVER) - SKEW_SECONDS
        for when, units in [*sorted(back[made]), (until, ALL)]:
            gone = min(units, left) if when < until or when == until else 0
            changes[quota] += [(at, gone), (max(at, when), -gone)] if gone else []
            left -= gone
    return changes


def _asked_back(calls: Sequence[Call]) -> dict[str, list[Change]]:
    """When somebody asked to have units of a redemption or a hold back, and was not refused."""
    back: dict[str, list[Change]] = defaultdict(list)
    made_for = _occasions(calls)
    for call in calls:
        if call.answer["event"] == FAIL:
            continue
        if call.asked["op"] == "reverse":
            back[call.asked["redemption"]].append((call.asked["at"], call.asked.get("quantity") or ALL))
        elif call.asked["op"] in ("confirm", "release"):
            back[call.asked["hold"]].append((call.asked["at"], ALL))
        elif call.asked["op"] == "cancel":
            for made in made_for[call.asked["occasion"]]:
                back[made].append((call.asked["at"], ALL))
    return back


def _occasions(calls: Sequence[Call]) -> dict[str, set[str]]:
    """What was redeemed or held for each occasion."""
    of = {call.answer["id"]: call.asked["occasion"] for call in calls if call.ok and call.asked.get("quota")}
    made_for: dict[str, set[str]] = defaultdict(set)
    for call in calls:
        if call.ok and call.asked["op"] in ("redeem", "hold", "confirm"):
            made_for[of.get(call.asked.get("hold", call.answer["id"]), "")].add(call.answer["id"])
    return made_for
