"""The only way in which resolvers reach the world."""

from dataclasses import dataclass
from datetime import datetime

import strawberry

from gateway.domain.clock import Clock
from gateway.domain.partners import Caller
from gateway.services.ports import Ports


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """What the gateway says of itself."""

    version: str
    sandbox: bool
    clock: Clock

    def now(self) -> datetime:
        """Return the gateway's wall-clock time, by which tokens are judged."""
        return self.clock()


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request: who is calling, what the use cases need, and the id under which it is logged."""

    caller: Caller
    ports: Ports
    facts: ServiceFacts
    request_id: str


Info = strawberry.Info[Context, None]
