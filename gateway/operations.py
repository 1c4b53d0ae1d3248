"""Running an operation: the registered document that it names, with its plan, in the context of its caller."""

import structlog

from gateway import __version__
from gateway.assembly import Laurel
from gateway.domain.partners import Caller
from gateway.schema import build_schema
from gateway.schema.admission import admit
from gateway.schema.context import Context, ServiceFacts
from gateway.schema.execution import Execution, NotExecuted, execute
from gateway.schema.registered import register
from gateway.web.graphql_endpoint import Run
from gateway.web.graphql_requests import Operation

_log = structlog.get_logger(__name__)


def running(laurel: Laurel) -> Run:
    """Return what runs an operation: the schema, in the context of its caller.

    Raises:
        ConfigurationError: a document of a kind of partner is wrong.
    """
    sandbox = laurel.keyring.sandbox
    schema = build_schema(introspection=sandbox)
    documents = register(schema, laurel.profiles)
    for one in documents:
        if one.plan is None:
            _log.warning("document without a plan", file=str(one.source.file), reason=one.unplanned)
    facts = ServiceFacts(version=__version__, sandbox=sandbox, clock=laurel.clock)

    async def run(operation: Operation, caller: Caller, request_id: str) -> Execution:
        document = admit(
            documents,
            kind=caller.kind,
            document_id=operation.document_id,
            text=operation.text,
            any_text=sandbox,
        )
        if isinstance(document, NotExecuted):
            return document
        context = Context(caller=caller, ports=laurel.ports, facts=facts, request_id=request_id)
        return await execute(
            schema,
            document,
            variables=operation.variables,
            operation=operation.name,
            context=context,
            asks_only=operation.asks_only,
        )

    return run
