"""The agent's state as Prometheus reads it (text format 0.0.4), on a port of this machine's loopback."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, suppress

from laurel_turnstile.tally import Tally

HEAD_BYTES_MAX = 8 * 1024
SECONDS_MAX = 5.0

GAUGES = {
    "online": "Whether the line to the gateway is up.",
    "queue": "Taps that wait for a verdict.",
    "taking_back": "Taps on which the gate stayed closed, and which are being found out and taken back.",
    "rejects": "Taps that people have to see to.",
    "list_age_seconds": "Age of the status list.",
    "list_ends_in_seconds": "Until the status list decides nothing any more.",
    "allowance_left": "Units that may still be granted alone.",
    "allowance_ends_in_seconds": "Until the allowance grants nothing any more.",
    "clock_ahead_seconds": "By how much this clock is ahead of the gateway's.",
}


def exposition(state: Mapping[str, object], tally: Tally) -> str:
    """Return all metrics. What is not known is left out."""
    return "\n".join(_lines(state, tally)) + "\n"


def _lines(state: Mapping[str, object], tally: Tally) -> Iterator[str]:
    for name, meaning in GAUGES.items():
        if (value := state.get(name)) is not None:
            yield f"# HELP laurel_turnstile_{name} {meaning}"
            yield f"# TYPE laurel_turnstile_{name} gauge"
            yield f"laurel_turnstile_{name} {float(value):g}"  # type: ignore[arg-type]
    yield "# HELP laurel_turnstile_taps_total Answers to passes."
    yield "# TYPE laurel_turnstile_taps_total counter"
    for (answer, by), times in sorted(tally.answers.items()):
        yield f'laurel_turnstile_taps_total{{answer="{answer}",by="{by}"}} {times}'
    yield "# HELP laurel_turnstile_verdicts_total What became of taps that were handed in."
    yield "# TYPE laurel_turnstile_verdicts_total counter"
    for verdict, times in sorted(tally.verdicts.items()):
        yield f'laurel_turnstile_verdicts_total{{verdict="{verdict}"}} {times}'
    yield "# HELP laurel_turnstile_offline_decision_seconds Time of deciding alone, the sync included."
    yield "# TYPE laurel_turnstile_offline_decision_seconds summary"
    yield f"laurel_turnstile_offline_decision_seconds_sum {tally.offline_seconds:.6f}"
    yield f"laurel_turnstile_offline_decision_seconds_count {tally.offline_decisions}"


@asynccontextmanager
async def exposing(port: int, text: Callable[[], str]) -> AsyncIterator[int]:
    """Answer `GET /metrics` on a port of the loopback for as long as the block lasts; yield the port."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            async with asyncio.timeout(SECONDS_MAX):
                head = await reader.readuntil(b"\r\n\r\n")
                found = head.split(b"\r\n", 1)[0].split(b" ")[:2] == [b"GET", b"/metrics"]
                body = (text() if found else "Ask for /metrics.\n").encode()
                writer.write(
                    b"HTTP/1.1 %s\r\nContent-Type: text/plain; version=0.0.4; charset=utf-8\r\n"
                    b"Content-Length: %d\r\nConnection: close\r\n\r\n"
                    % (b"200 OK" if found else b"404 Not Found", len(body))
                    + body
                )
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", port, limit=HEAD_BYTES_MAX)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
