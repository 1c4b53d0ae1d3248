"""What a gate needs for when its line is down: allowance, keys and status list; and to hand in what it granted."""

from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any

import httpx2

from laurel_client.book_answers import allowance_from, verdicts_from
from laurel_client.connection import Connection
from laurel_client.errors import BadReply
from laurel_client.offline import OfflineAllowance, Tap, TapVerdict, batches
from laurel_client.replies import keys_from
from laurel_client.results import Undetermined
from laurel_client.status_lists import MEDIA_TYPE, StatusList, read_status_list


class Gate(Connection):
    """What a gate fetches while its line is up, and hands in when it is up again."""

    async def offline_allowance(self) -> OfflineAllowance | None:
        """Return what this device may grant should its line go down; fetch it anew while the line is up."""
        return allowance_from(await self.execute("OfflineAllowance", {}))

    async def public_keys(self) -> Mapping[str, Any]:
        """Return the gateway's `/.well-known/jwks.json`: what cards, lists and settlements are verified with."""
        address = f"{self.credentials.issuer}/.well-known/jwks.json"
        return keys_from(await self.attempt(lambda session: session.get_public(address)))

    async def fetch_status_list(self, sector: str, known: StatusList | None = None) -> StatusList:
        """Return which cards of a sector may be honoured offline: `known` itself, if there is nothing newer.

        Fetch it every `ttl` while the line is up, and keep its `signed` on the disk: `read_status_list` reads it.

        Raises:
            Forbidden: this device gives nothing offline in that sector.
            BadReply: what came is not signed by the gateway for this sector, or has expired.
        """
        uri = f"{self.credentials.issuer}/status-lists/{sector}"
        headers = {"Accept": MEDIA_TYPE}
        if known is not None and known.uri == uri and known.tag is not None:
            headers["If-None-Match"] = known.tag
        response = await self.attempt(lambda session: session.get(uri, headers))
        if known is not None and response.status_code == httpx2.codes.NOT_MODIFIED:
            return known
        if response.status_code != httpx2.codes.OK:
            raise BadReply(f"No status list came (HTTP {response.status_code}).")
        return read_status_list(response.text, await self.public_keys(), uri=uri, tag=response.headers.get("ETag"))

    async def upload(self, allowance: str, taps: Iterable[Tap]) -> AsyncIterator[TapVerdict | Undetermined]:
        """Hand in taps that were granted by an allowance's token, and go through their verdicts.

        Any number of taps; each keeps its request id, so that uploading again after an error changes nothing.
        Forget a tap once its verdict is here; keep it where the answer is Undetermined, which stands for a
        whole batch.
        """
        for batch in batches(taps):
            variables = {"input": {"allowance": allowance, "taps": batch}}
            answer = verdicts_from(await self.execute("UploadRedemptions", variables))
            for each in (answer,) if isinstance(answer, Undetermined) else answer:
                yield each
