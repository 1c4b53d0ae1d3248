"""A ledger of any size, made by the database itself: rows as the gateway writes them, and books that balance.

Redemption number n follows from n alone. Of a hundred, sixty are a metro's and ten are for a show; two are taken
back; five were granted offline, now and then beyond the quota. Besides, a tap is rejected for each 200. Ids are
scattered as random ones are, and time goes with n, one redemption each SPACING_MS.
"""

from dataclasses import dataclass

SPACING_MS = 259
"""Twenty million make sixty days, and the first thirty of them a month: a large city's, with a metro that takes
part."""

BEGINS = "2026-08-31 16:00:00"
"""The first instant of September 2026 in Shanghai, in UTC."""

MONTH = "2026-09"
PARTNERS = ("metro", *(f"partner-{number}" for number in range(6, 10)))
GATE = "metro-1"

_TAKEN = """
SELECT n,
  CASE WHEN n % 10 < 6 THEN 'metro' ELSE 'partner-' || (n % 10) END AS partner,
  CASE WHEN n % 10 < 6 THEN 'transit-discount' ELSE 'theatre-ticket' END AS reward,
  CASE WHEN n % 10 < 6 THEN 150 ELSE 4500 END AS fen,
  CASE WHEN n % 10 = 9 THEN 'show-' || (n / 100000) END AS show,
  CASE WHEN n % 7 = 0 THEN 2 ELSE 1 END AS units,
  CASE WHEN n % 50 <> 0 THEN 0 WHEN n % 7 = 0 THEN 2 ELSE 1 END AS back,
  CASE WHEN n % 400 <> 3 THEN 0 WHEN n % 7 = 0 THEN 2 ELSE 1 END AS over,
  CASE WHEN n % 20 = 3 THEN {at} END AS offline,
  {random} AS random, {pseudonym} AS pseudonym, 'bucket-' || (n / 1000000) AS bucket, {at} AS at, {day} AS day
FROM ({series}) AS series
"""

_INTO = (
    """
INSERT INTO redemption (id, partner_id, device_id, request_id, reward, quantity, reversed_quantity, tariff_fen,
  occasion, pseudonym, bucket, key_period, redeemed_at, reversible_until, policy_version, overdraft, happened_at)
SELECT 'rdm_' || random, partner, partner || '-1', 'r' || random, reward, units, back, fen,
  show, pseudonym, bucket, '2026-09', at, at, 'sha256:0', over, offline FROM ({taken}) AS taken
""",
    """
INSERT INTO entry (partner_id, request_id, fingerprint, kind, redemption_id, quantity, reversed_quantity,
  recorded_at)
SELECT partner, 'r' || random, pseudonym, 'REDEEMED', 'rdm_' || random, units, 0, at FROM ({taken}) AS taken
""",
    """
INSERT INTO entry (partner_id, request_id, fingerprint, kind, redemption_id, quantity, reversed_quantity,
  recorded_at, reason)
SELECT partner, 'b' || random, pseudonym, 'REVERSED', 'rdm_' || random, units, units, at, 'RETURNED'
FROM ({taken}) AS taken WHERE back > 0
""",
    """
INSERT INTO tap (partner_id, request_id, device_id, day, reward, quantity, happened_at, arrived_at, verdict)
SELECT partner, 'r' || random, partner || '-1', day, reward, units, at, at, 'ACCEPTED'
FROM ({taken}) AS taken WHERE offline IS NOT NULL
""",
    """
INSERT INTO tap (partner_id, request_id, device_id, day, reward, quantity, happened_at, arrived_at, verdict,
  reason)
SELECT 'metro', 'x' || random, 'metro-1', day, 'transit-discount', 1, at, at, 'REJECTED', 'BEYOND_ALLOWANCE'
FROM ({taken}) AS taken WHERE n % 200 = 5
""",
    """
INSERT INTO quota (pseudonym, bucket, used, allowance, held, overdraft)
SELECT pseudonym, bucket, sum(units - back - over), 16, 0, sum(over)
FROM ({taken}) AS taken WHERE true GROUP BY pseudonym, bucket
ON CONFLICT (pseudonym, bucket) DO UPDATE SET used = quota.used + excluded.used
""",
    """
INSERT INTO occasion (partner_id, id, reward, capacity, used, ends_at, announced_end, held)
SELECT partner, show, reward, 1000000, sum(units - back), max(at), max(at), 0
FROM ({taken}) AS taken WHERE show IS NOT NULL GROUP BY partner, show, reward
ON CONFLICT (partner_id, id) DO UPDATE SET used = occasion.used + excluded.used
""",
    """
INSERT INTO offline_allowance (device_id, day, units, used)
SELECT partner || '-1', day, 1000000000, sum(units)
FROM ({taken}) AS taken WHERE offline IS NOT NULL GROUP BY partner, day
ON CONFLICT (device_id, day) DO UPDATE SET used = offline_allowance.used + excluded.used
""",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Spelling:
    """How one database spells what differs: numbers in a row, hex digits, bytes, instants and days."""

    series: str
    random: str
    pseudonym: str
    at: str
    day: str


_SCATTERED = "(n * 2654435761) % 4294967296"
"""Multiplying by an odd number is one to one below 2^32 (Knuth, TAOCP 6.4)."""

POSTGRESQL = Spelling(
    series="SELECT generate_series({begin}, {end} - 1)::bigint AS n",
    random=f"lpad(to_hex({_SCATTERED}), 21, '0')",
    pseudonym=f"convert_to(lpad(to_hex({_SCATTERED.replace('n', '(n / 4)', 1)}), 32, '0'), 'UTF8')",
    at=f"timestamptz '{BEGINS}Z' + n * interval '{SPACING_MS} milliseconds'",
    day=f"(timestamptz '{BEGINS}Z' + n * interval '{SPACING_MS} milliseconds')::date",
)

_SQLITE_AT = f"strftime('%Y-%m-%d %H:%M:%f000', '{BEGINS}', (n * {SPACING_MS} / 1000.0) || ' seconds')"

SQLITE = Spelling(
    series="WITH RECURSIVE up(n) AS (SELECT {begin} UNION ALL SELECT n + 1 FROM up WHERE n + 1 < {end}) "
    "SELECT n FROM up",
    random=f"printf('%021x', {_SCATTERED})",
    pseudonym=f"CAST(printf('%032x', {_SCATTERED.replace('n', '(n / 4)', 1)}) AS BLOB)",
    at=_SQLITE_AT,
    day=f"substr({_SQLITE_AT}, 1, 10)",
)


def statements(spelling: Spelling, begin: int, end: int) -> list[str]:
    """Return the statements that make the redemptions from one number up to, and without, another."""
    taken = _TAKEN.format(
        series=spelling.series.format(begin=begin, end=end),
        random=spelling.random,
        pseudonym=spelling.pseudonym,
        at=spelling.at,
        day=spelling.day,
    )
    return [into.format(taken=taken) for into in _INTO]
