"""What the use cases are given once, at the start, by the composition root."""

from dataclasses import dataclass

from gateway.domain.access import AccessLog
from gateway.domain.evidence import EvidenceSealer
from gateway.domain.holds import HeldPasses
from gateway.domain.ledger_port import Ledger
from gateway.domain.limits import Limits
from gateway.domain.offline import Allowances, Uploads
from gateway.domain.ports import (
    Cursors,
    Fingerprints,
    Groups,
    PassDirectory,
    PassOpener,
    Pins,
    Pseudonyms,
    Sealer,
)
from gateway.domain.rewards import Catalogue
from gateway.domain.settlement import Settlements, SettlementSigner


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """The catalogue, and an implementation of each port that a partner's request needs."""

    catalogue: Catalogue
    groups: Groups
    limits: Limits
    opener: PassOpener
    directory: PassDirectory
    pseudonyms: Pseudonyms
    sealer: Sealer
    fingerprints: Fingerprints
    evidence: EvidenceSealer
    held_passes: HeldPasses
    pins: Pins
    ledger: Ledger
    access: AccessLog
    cursors: Cursors
    settlements: Settlements
    statements: SettlementSigner
    uploads: Uploads
    allowances: Allowances
