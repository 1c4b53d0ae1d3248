"""What the workers of one node tell each other: their metrics, each by a socket in a folder that is theirs alone.

Whoever reads `/metrics` reaches any of them, and gets what all of them count, each with its number: a worker that
was replaced begins at zero, and in a sum that would look like a count that began anew as a whole.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

PATIENCE_SECONDS = 1.0
"""How long a colleague may take to answer: one that is just being replaced does not."""

LABEL = "worker"


class Colleagues:
    """One worker of `count`, and how it reaches the others."""

    def __init__(self, folder: Path, number: int, count: int) -> None:
        self._folder, self._number, self._count = folder, number, count

    @contextlib.asynccontextmanager
    async def answering(self, own: Callable[[], bytes]) -> AsyncIterator[None]:
        """Tell whoever of the others asks what this one counts, until the block ends."""

        async def tell(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            with contextlib.suppress(OSError):
                writer.write(own())
                await writer.drain()
            writer.close()

        path = self._path(self._number)
        path.unlink(missing_ok=True)  # that of who was here before, and was killed
        async with await asyncio.start_unix_server(tell, path):
            yield

    async def metrics(self, own: bytes) -> bytes:
        """Return what all count, as one exposition; who does not answer is down in it."""
        others = [number for number in range(self._count) if number != self._number]
        told = await asyncio.gather(*map(self._ask, others))
        texts = {self._number: own} | {
            number: text for number, text in zip(others, told, strict=True) if text is not None
        }
        registry = CollectorRegistry()
        registry.register(_Together(texts, self._count))
        return generate_latest(registry)

    async def _ask(self, number: int) -> bytes | None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                reader, writer = await asyncio.open_unix_connection(self._path(number))
                try:
                    return await reader.read()
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return None

    def _path(self, number: int) -> Path:
        return self._folder / f"{number}.sock"


@contextlib.asynccontextmanager
async def living(
    house: contextlib.AbstractAsyncContextManager[None], metrics: CollectorRegistry, colleagues: Colleagues | None
) -> AsyncIterator[None]:
    """Keep house while an application runs, and tell its colleagues, where it has some, what it counts."""
    async with contextlib.AsyncExitStack() as stack:
        await stack.enter_async_context(house)
        if colleagues is not None:
            await stack.enter_async_context(colleagues.answering(lambda: generate_latest(metrics)))
        yield


class _Together(Collector):
    """The families of several expositions, each once, with every sample's worker."""

    def __init__(self, texts: Mapping[int, bytes], count: int) -> None:
        self._texts, self._count = texts, count

    def collect(self) -> Iterator[Metric]:
        """Yield each family, and which workers answered."""
        together: dict[str, Metric] = {}
        for number in sorted(self._texts):
            for family in text_string_to_metric_families(self._texts[number].decode()):
                whole = together.setdefault(family.name, Metric(family.name, family.documentation, family.type))
                for sample in family.samples:
                    whole.samples.append(sample._replace(labels={**sample.labels, LABEL: str(number)}))
        yield from together.values()
        up = GaugeMetricFamily("laurel_worker_up", "Whether a worker of this node answers.", labels=[LABEL])
        for number in range(self._count):
            up.add_metric([str(number)], float(number in self._texts))
        yield up
