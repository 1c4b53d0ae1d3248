"""Query.service: what the gateway says of itself."""

from datetime import datetime

import strawberry

from gateway.schema.context import Info
from gateway.schema.permissions import RequiresAnyScope


@strawberry.type(description="The gateway that answers.")
class Service:
    """Facts for a technician and for a partner's records."""

    name: str = strawberry.field(description="Laurel.")
    version: str = strawberry.field(description="The version of the software.")
    policy_version: str = strawberry.field(description="The version of the rules: a hash of all that decides.")
    time: datetime = strawberry.field(description="The gateway's clock, in UTC: compare yours with it.")
    time_zone: str = strawberry.field(description="The zone in which days, weeks, months and years are counted.")
    sandbox: bool = strawberry.field(description="Whether this is a sandbox: nothing counts here.")


@strawberry.field(description="What the gateway says of itself.", permission_classes=[RequiresAnyScope])
def service(info: Info) -> Service:
    """Answer from the context alone."""
    context = info.context
    return Service(
        name="Laurel",
        version=context.facts.version,
        policy_version=context.ports.catalogue.version,
        time=context.facts.now(),
        time_zone=str(context.ports.catalogue.zone),
        sandbox=context.facts.sandbox,
    )
