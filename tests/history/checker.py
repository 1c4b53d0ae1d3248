"""The judge: a history and the database in the end, by the invariants of the design.

A finding begins with the invariant's name. No finding is no proof, but each mutant of `mutants` has one. Times
of the clients and of the database are compared with a tolerance; nothing else depends on clocks.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from tests.history.journal import FAIL, Call
from tests.history.peaks import SKEW_SECONDS, never_over_quota
from tests.history.snapshot import Snapshot

EFFECTS = {
    "redeem": "REDEEMED",
    "upload": "REDEEMED",
    "hold": "HELD",
    "confirm": "CONFIRMED",
    "release": "RELEASED",
    "reverse": "REVERSED",
}
ENDS = ("confirm", "release")
CANCELLED = "cancelled:"
"""How the request ids of what a cancellation undid begin."""


def judge(calls: Sequence[Call], state: Snapshot) -> list[str]:
    """Return what is wrong with calls in the order of their invocation; an empty list if nothing is."""
    rules = (
        never_over_quota,
        _one_effect_and_equal_answers,
        _acknowledged_survives,
        _nothing_without_a_request,
        _each_unit_comes_back_once,
        _one_end_of_a_hold,
        _conserved,
        _entries_and_redemptions,
        _times,
        _nothing_after_a_revocation,
        _no_partial_effect,
    )
    return [finding for rule in rules for finding in rule(calls, state)]


def _one_effect_and_equal_answers(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I2 and I5. Whoever knows what became of a request knows the same, however often it was sent."""
    known: dict[tuple[str, str], set[str]] = defaultdict(set)
    first = Counter[tuple[str, str]]()
    for call in calls:
        answer = {name: value for name, value in call.answer.items() if name not in ("at", "call", "replayed")}
        if answer["event"] != "unknown" and answer.get("reason") != "IN_PROGRESS":
            known[call.key].add(repr(sorted(answer.items())))
            first[call.key] += not call.answer.get("replayed")
    yield from (f"I2: {key} had {len(answers)} answers" for key, answers in known.items() if len(answers) > 1)
    yield from (f"I2: {key} was new {times} times" for key, times in first.items() if times > 1)


def _acknowledged_survives(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I3. The entry of an answered request is there, and so is what it made."""
    entries = {(row["partner_id"], row["request_id"]): row for row in state.entries}
    made = {row["id"]: row["quantity"] for row in (*state.redemptions, *state.holds)}
    for call in calls:
        kind = EFFECTS.get(call.asked["op"])
        if not call.ok or kind is None:
            continue
        if call.key not in entries or entries[call.key]["kind"] != kind:
            yield f"I3: {call.asked['op']} {call.key} was acknowledged and is not recorded"
        elif made.get(call.answer["id"]) != call.answer["quantity"]:
            yield f"I3: {call.answer['id']} was acknowledged and is not there"


def _nothing_without_a_request(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I4. Everything recorded was asked for, by an operation that does such a thing."""
    asked = {call.key: EFFECTS.get(call.asked["op"], "CANCELLED") for call in calls if "request" in call.asked}
    cancelled = {call.asked["occasion"] for call in calls if call.asked["op"] == "cancel"}
    occasion = {row["id"]: row["occasion"] for row in (*state.redemptions, *state.holds)}
    for row in state.entries:
        key = row["partner_id"], row["request_id"]
        if row["request_id"].startswith(CANCELLED):
            if occasion[row["redemption_id"] or row["hold_id"]] not in cancelled:
                yield f"I4: {row['request_id']}, and nobody cancelled"
        elif row["kind"] not in (asked.get(key), "DENIED") or key not in asked:
            yield f"I4: {row['kind']} {key} was not asked for"


def _each_unit_comes_back_once(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I6. What reversals say together is what their redemption says, and no more than it was of."""
    back = Counter[str]()
    for row in state.entries:
        back[row["redemption_id"]] += row["quantity"] if row["kind"] == "REVERSED" else 0
    for row in state.redemptions:
        if not back[row["id"]] == row["reversed_quantity"] <= row["quantity"]:
            told = f"{back[row['id']]} of {row['quantity']} came back, {row['reversed_quantity']} noted"
            yield f"I6: {row['id']}: {told}"


def _one_end_of_a_hold(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I7. Confirmed or released by one request, or neither; and what ended keeps nothing."""
    ends: dict[str, set[tuple[str, str]]] = defaultdict(set)
    for call in calls:
        if call.ok and call.asked["op"] in ENDS:
            ends[call.asked["hold"]].add(call.key)
    for row in state.entries:
        if row["kind"] in ("CONFIRMED", "RELEASED"):
            ends[row["hold_id"]].add((row["partner_id"], row["request_id"]))
    yield from (f"I7: {hold} ended {len(keys)} times" for hold, keys in ends.items() if len(keys) > 1)
    keeping = {row["hold_id"] for row in (*state.units, *state.seats)}
    yield from (
        f"I7: {row['id']} ended and keeps units" for row in state.holds if row["ended"] and row["id"] in keeping
    )


def _conserved(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I8. Each counter is the sum of what it counts."""
    standing, held, seats = Counter[Any](), Counter[Any](), Counter[Any]()
    for row in state.redemptions:
        left = row["quantity"] - row["reversed_quantity"]
        standing[row["pseudonym"], row["bucket"]] += left
        seats[row["partner_id"], row["occasion"], "used"] += left
    for row in state.units:
        held[row["pseudonym"], row["bucket"]] += row["quantity"]
    for row in state.seats:
        seats[row["partner_id"], row["occasion"], "held"] += row["quantity"]
    for row in state.quotas:
        key = row["pseudonym"], row["bucket"]
        if (row["used"] + row.get("overdraft", 0), row["held"]) != (standing.pop(key, 0), held.pop(key, 0)):
            yield f"I8: a quota says {row['used']} used and {row['held']} held, and that is not so"
    yield from (f"I8: {units} units without a quota" for units in (standing + held).values() if units)
    for row in state.occasions:
        for counted in ("used", "held"):
            if row[counted] != seats[row["partner_id"], row["id"], counted]:
                yield f"I8: {row['id']} says {row[counted]} {counted}"
        if row["used"] + row["held"] > row["capacity"]:
            yield f"I1: {row['id']} is oversold"


def _entries_and_redemptions(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I9. One entry made each redemption, and each such entry one redemption."""
    made = Counter(row["redemption_id"] for row in state.entries if row["kind"] in ("REDEEMED", "CONFIRMED"))
    found = Counter(row["id"] for row in state.redemptions)
    yield from (
        f"I9: {one}: {made[one]} entries, {found[one]} rows" for one in made | found if made[one] != found[one]
    )


def _times(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I10. The database's clock says when, between question and answer; and no hold is confirmed too late."""
    at = {row["id"]: row["redeemed_at"].timestamp() for row in state.redemptions}
    for call in calls:
        if call.ok and not call.answer.get("replayed") and call.asked["op"] in ("redeem", "confirm"):
            when = at.get(call.answer["id"], call.asked["at"])
            if not call.asked["at"] - SKEW_SECONDS <= when <= call.answer["at"] + SKEW_SECONDS:
                yield f"I10: {call.answer['id']} is dated outside of its request"
    expires = {row["id"]: row["expires_at"] for row in state.holds}
    for row in state.redemptions:
        if row["hold_id"] and row["redeemed_at"] >= expires[row["hold_id"]]:
            yield f"I10: {row['hold_id']} was confirmed after it had expired"


def _nothing_after_a_revocation(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I11. What was first asked with a pass after its revocation was acknowledged has no effect on record. A
    confirmation is asked with the pass of its hold."""
    revoked = {call.asked["pass"]: call.answer["at"] for call in calls if call.asked["op"] == "revoke" and call.ok}
    asked = {call.key: call.asked for call in reversed(calls) if call.asked["op"] in ("redeem", "hold", "confirm")}
    held = {row["id"]: asked.get((row["partner_id"], row["request_id"]), {}).get("pass") for row in state.holds}
    for row in state.entries:
        key = row["partner_id"], row["request_id"]
        if row["kind"] in ("REDEEMED", "HELD", "CONFIRMED") and key in asked:
            of = asked[key].get("pass", held.get(row["hold_id"]))
            if asked[key]["at"] > revoked.get(of, float("inf")):
                yield f"I11: {row['kind']} {key} is an effect of a revoked pass"


def _no_partial_effect(calls: Sequence[Call], state: Snapshot) -> Iterator[str]:
    """I12. Where an effect was refused, nothing but the refusal is recorded."""
    refused = {
        call.key for call in calls if call.answer["event"] == FAIL and call.answer["reason"] != "IN_PROGRESS"
    }
    made = {(row["partner_id"], row["request_id"]) for row in (*state.redemptions, *state.holds)}
    yield from (f"I12: {key} was refused and has an effect" for key in refused & made)
