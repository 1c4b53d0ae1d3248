"""A city's residents, their cards and some evidence, made by the database itself: hashes of numbers."""

import asyncpg

PEOPLE = (
    # In the order of their keys: an index is written once, from its beginning to its end.
    """INSERT INTO resident (registry_hash, secret, centihours, as_of, honours)
    SELECT sha256(('r' || n)::bytea), sha256(('s' || n)::bytea), 1000 + n % 5000, current_date - 1, '[]'
    FROM generate_series({begin}::bigint, {end}::bigint - 1) AS n ORDER BY 1""",
    """INSERT INTO pass (resident_id, form, sector, expires_at, status_index)
    SELECT id, 'card', 'venue', '2030-01-01', id FROM resident WHERE id > {known} ORDER BY id""",
    """INSERT INTO pass_handle (handle, pass_id)
    SELECT sha256((kind || id)::bytea), id FROM pass, unnest(ARRAY['token', 'code']) AS kind
    WHERE resident_id > {known} ORDER BY 1""",
)

EVIDENCE_EACH = 10
"""The proof of every tenth redemption is kept, as if the other periods had closed."""

PROOF_BYTES = 700

EVIDENCE = """
INSERT INTO evidence (partner_id, request_id, redemption_id, device_id, proof, closes_at)
SELECT partner_id, request_id, id, device_id,
  decode(repeat(md5(id), {half}), 'hex'), redeemed_at + interval '100 days'
FROM redemption WHERE right(id, 1) IN ('0', '8') AND right(id, 2) < 'd' AND partner_id <> 'harbour-metro'
"""


async def populate(url: str, residents: int) -> None:
    """Add residents, each with a card, up to a number; and evidence of some of the redemptions that are there."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET synchronous_commit = off")
        await connection.execute("SET work_mem = '512MB'")
        await connection.execute(
            "SET session_replication_role = replica"
        )  # what refers to nobody was made by nobody
        known = await connection.fetchval("SELECT count(*) FROM resident")
        last = await connection.fetchval("SELECT coalesce(max(id), 0) FROM resident")
        if known < residents:
            for statement in PEOPLE:
                await connection.execute(statement.format(begin=known, end=residents, known=last))
        await connection.execute(EVIDENCE.format(half=PROOF_BYTES // 16))
        await connection.execute("SET session_replication_role = origin")
        await connection.execute("VACUUM ANALYZE")
        await connection.execute("CHECKPOINT")
    finally:
        await connection.close()
