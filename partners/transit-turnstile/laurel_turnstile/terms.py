"""How one gate is set up."""

from dataclasses import dataclass
from pathlib import Path

REWARD, SECTOR = "transit-discount", "transit"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an operator says at the start. Times are in seconds.

    `deadline` is what the line has for an answer, of a gate's 500 ms. `rides_per_card` is how often one card opens
    this gate within 24 hours while it decides alone. `settle` is how long the controller has to say that the arm
    did not turn, before a tap is handed in.
    """

    folder: Path
    reward: str = REWARD
    sector: str = SECTOR
    deadline: float = 0.2
    rides_per_card: int = 4
    settle: float = 5.0
    allowance_every: float = 3600.0
    probe_every: float = 1.0
    heartbeat: float = 20.0
    """After so long without an answer something harmless is asked: an idle gate learns of its line, too."""
    failures: int = 2
    """After so many failures one after the other the line counts as down, and nobody waits for it."""
