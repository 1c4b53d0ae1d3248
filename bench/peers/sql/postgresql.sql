-- The peers' records on PostgreSQL, and the one function that redeems: every effect of the gateway's, one round trip.
CREATE TABLE resident (
  id bigint PRIMARY KEY, secret bytea NOT NULL, centihours integer NOT NULL, as_of date NOT NULL, honours text NOT NULL
);
CREATE TABLE pass (
  id bigint PRIMARY KEY, resident_id bigint NOT NULL, sector text NOT NULL, expires_at integer NOT NULL,
  revoked_at integer
);
CREATE TABLE pass_handle (handle bytea PRIMARY KEY, pass_id bigint NOT NULL);
CREATE TABLE quota (
  pseudonym bytea, bucket text, used integer NOT NULL, allowance integer NOT NULL, PRIMARY KEY (pseudonym, bucket),
  CHECK (used BETWEEN 0 AND allowance)
);
CREATE TABLE registry_import (id serial PRIMARY KEY, as_of date NOT NULL);
CREATE INDEX ON registry_import (as_of);
CREATE TABLE used_proof (digest bytea PRIMARY KEY, expires_at timestamptz NOT NULL);
CREATE INDEX ON used_proof (expires_at);
CREATE TABLE entry (
  partner_id text, request_id text, fingerprint bytea NOT NULL, kind text NOT NULL, redemption_id text,
  recorded_at timestamptz NOT NULL, reference text, PRIMARY KEY (partner_id, request_id)
);
CREATE INDEX ON entry (redemption_id);
CREATE TABLE occasion (id text PRIMARY KEY, capacity integer NOT NULL, used integer NOT NULL, CHECK (used <= capacity));
CREATE TABLE redemption (
  id text PRIMARY KEY, partner_id text NOT NULL, device_id text NOT NULL, request_id text NOT NULL,
  reward text NOT NULL, quantity integer NOT NULL, tariff_fen integer NOT NULL, occasion text,
  pseudonym bytea NOT NULL, bucket text NOT NULL, redeemed_at timestamptz NOT NULL,
  reversible_until timestamptz NOT NULL, UNIQUE (partner_id, request_id)
);
CREATE INDEX ON redemption (partner_id, redeemed_at, id);
CREATE TABLE evidence (
  partner_id text, request_id text, redemption_id text NOT NULL, device_id text NOT NULL, proof bytea NOT NULL,
  closes_at timestamptz NOT NULL, PRIMARY KEY (partner_id, request_id)
);
CREATE INDEX ON evidence (closes_at);

CREATE FUNCTION redeem(
  proof_ bytea, partner_ text, device_ text, request_ text, fingerprint_ bytea, handle_ bytea, sector_ text,
  reward_ text, units_ integer, allowance_ integer, least_ integer, key_ bytea, bucket_ text, tariff_ integer,
  minutes_ integer, redemption_ text, reference_ text, evidence_ bytea, occasion_ text DEFAULT NULL,
  OUT outcome text, OUT redemption_id text, OUT redeemed_at timestamptz, OUT reversible_until timestamptz,
  OUT reference text, OUT replayed boolean
) LANGUAGE plpgsql AS $$
DECLARE
  known entry;
  holder record;
  pseudonym_ bytea;
BEGIN
  redeemed_at := clock_timestamp();
  reversible_until := redeemed_at + make_interval(mins => minutes_);
  redemption_id := redemption_;
  replayed := false;

  INSERT INTO used_proof VALUES (proof_, redeemed_at + interval '70 s') ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN outcome := 'PROOF_USED'; RETURN; END IF;

  INSERT INTO entry VALUES (partner_, request_, fingerprint_, 'REDEEMED', redemption_, redeemed_at, NULL)
    ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    SELECT * INTO known FROM entry AS e WHERE e.partner_id = partner_ AND e.request_id = request_;
    outcome := CASE WHEN known.fingerprint = fingerprint_ THEN known.kind ELSE 'REQUEST_REUSED' END;
    redemption_id := known.redemption_id;
    reference := known.reference;
    replayed := outcome = known.kind;
    SELECT r.redeemed_at, r.reversible_until INTO redeemed_at, reversible_until
      FROM redemption AS r WHERE r.id = known.redemption_id;
    RETURN;
  END IF;

  SELECT p.id, r.secret INTO holder
    FROM pass_handle AS h JOIN pass AS p ON p.id = h.pass_id JOIN resident AS r ON r.id = p.resident_id
    WHERE h.handle = handle_ AND p.revoked_at IS NULL AND p.sector = sector_
      AND p.expires_at > extract(epoch FROM redeemed_at) AND (r.centihours >= least_ OR r.honours <> '[]');
  PERFORM pg_advisory_xact_lock_shared(coalesce(holder.id, 0));  -- a revocation waits for us, or we for it
  outcome := CASE WHEN holder.id IS NULL THEN 'DENIED' ELSE 'REDEEMED' END;

  IF outcome = 'REDEEMED' AND occasion_ IS NOT NULL THEN
    IF NOT EXISTS (SELECT FROM occasion AS o WHERE o.id = occasion_ AND o.used + units_ <= o.capacity) THEN
      outcome := 'SOLD_OUT';
    END IF;
  END IF;
  IF outcome = 'REDEEMED' THEN
    pseudonym_ := sha256(key_ || holder.secret || convert_to(reward_, 'UTF8'));
    INSERT INTO quota AS q SELECT pseudonym_, bucket_, units_, allowance_ WHERE units_ <= allowance_
      ON CONFLICT (pseudonym, bucket) DO UPDATE SET used = q.used + units_ WHERE q.used + units_ <= allowance_;
    IF NOT FOUND THEN outcome := 'DENIED'; END IF;
  END IF;
  IF outcome <> 'REDEEMED' THEN
    reference := reference_;
    UPDATE entry AS e SET kind = outcome, redemption_id = NULL, reference = reference_
      WHERE e.partner_id = partner_ AND e.request_id = request_;
    RETURN;
  END IF;

  INSERT INTO redemption VALUES (
    redemption_, partner_, device_, request_, reward_, units_, tariff_, occasion_, pseudonym_, bucket_, redeemed_at,
    reversible_until
  );
  INSERT INTO evidence VALUES (
    partner_, request_, redemption_, device_, evidence_, redeemed_at + interval '90 days'
  );
  IF occasion_ IS NOT NULL THEN  -- everybody's row, so it is locked last
    UPDATE occasion AS o SET used = o.used + units_ WHERE o.id = occasion_ AND o.used + units_ <= o.capacity;
    IF NOT FOUND THEN RAISE EXCEPTION 'seats lost' USING ERRCODE = 'LA001'; END IF;  -- undone; ask again
  END IF;
END $$;
