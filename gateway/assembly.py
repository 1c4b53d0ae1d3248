"""Joining the rooms: settings in, one gateway out, fit to serve or refused."""

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from gateway.auth.access_tags import AccessTags
from gateway.auth.allowances import SignedAllowances
from gateway.auth.cursors import TaggedCursors
from gateway.auth.evidence import Evidence
from gateway.auth.hashing import KeyedFingerprints
from gateway.auth.held_passes import SealedPasses
from gateway.auth.keyring import Keyring, Purpose
from gateway.auth.passes import PassReader
from gateway.auth.pins import PepperedPins
from gateway.auth.pseudonyms import PeriodPseudonyms
from gateway.auth.references import References
from gateway.auth.statements import Statements
from gateway.auth.status_lists import StatusListSigner
from gateway.domain.clock import Clock, system_clock
from gateway.domain.errors import ConfigurationError
from gateway.domain.partners import CARD_OFFICE, Profile
from gateway.domain.rewards import Catalogue
from gateway.services.access_log import BackgroundAccessLog
from gateway.services.ports import Ports
from gateway.services.status_lists import StatusLists
from gateway.settings import Settings
from gateway.store.catalogue import load_catalogue
from gateway.store.clock_difference import ClockDifference
from gateway.store.coalescing import Coalescer
from gateway.store.database import Database
from gateway.store.deployment import require_same_deployment
from gateway.store.durability import require_durability
from gateway.store.groups import SqlGroups
from gateway.store.key_ends import SqlKeyEnds
from gateway.store.ledger import SqlLedger
from gateway.store.limits import NodeLimits
from gateway.store.looks import SqlLooks
from gateway.store.migrate import require_head
from gateway.store.passes import SqlPassDirectory
from gateway.store.period_keys import SqlPeriodKeys
from gateway.store.profiles import load_profiles
from gateway.store.settlements import SqlSettlements
from gateway.store.shared_limits import SharedLimits
from gateway.store.status_places import SqlPlaces
from gateway.store.uploading import SqlUploads

VALKEY_SECONDS = 0.5
"""A gate's whole budget: Valkey answers within a millisecond, or is told to be away."""

CLOSE_SECONDS = 3
"""How long connections may take to say goodbye: a server that went silent would keep us for half a minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Laurel:
    """One gateway, assembled: its data, its keys, and the ports that its use cases work through."""

    settings: Settings
    clock: Clock
    database: Database
    keyring: Keyring
    profiles: Mapping[str, Profile]
    groups: SqlGroups
    key_ends: SqlKeyEnds
    clock_difference: ClockDifference
    limits: NodeLimits
    pseudonyms: PeriodPseudonyms
    access: BackgroundAccessLog
    writes: Coalescer
    status_lists: StatusLists
    ports: Ports
    redis: Redis | None

    @property
    def kinds(self) -> Mapping[str, Profile]:
        """Whose machines may sign in: every kind of partner, and the city's own card offices."""
        return {**self.profiles, CARD_OFFICE.kind: CARD_OFFICE}

    async def require_fit(self) -> None:
        """Refuse to serve on data or keys that are wrong, unsafe, or meant for something else.

        Raises:
            ConfigurationError: one sentence that says what to do.
            Unavailable: the database can't answer.
        """
        if missing := self.keyring.missing():
            raise ConfigurationError(
                f"There is no active key for {', '.join(missing)} in {self.settings.keys_dir}: "
                "make them with `python -m keys new --all`."
            )
        await require_head(self.database)
        await require_durability(self.database)
        sandbox = "yes" if self.keyring.sandbox else "no"
        lasting = {f"{each}-key": self.keyring.secret(each)[0] for each in (Purpose.REGISTRY, Purpose.HANDLE)}
        await require_same_deployment(self.database, {"sandbox": sandbox, **lasting})

    async def require_pass_issuer(self) -> None:
        """Refuse to make or open passes of another issuer than those on record: their tokens would be forged.

        Raises:
            ConfigurationError: says what the database was made with.
            Unavailable: the database can't answer.
        """
        await require_same_deployment(self.database, {"pass-issuer": self.settings.issuer_of_passes})

    async def close(self) -> None:
        """End what is being written, and close every connection: each within CLOSE_SECONDS."""
        await self.writes.close(CLOSE_SECONDS)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.database.close()
                if self.redis is not None:
                    await self.redis.aclose()


def assemble(settings: Settings, *, sandbox: bool | None = False, clock: Clock = system_clock) -> Laurel:
    """Join the rooms. `sandbox` says whose keys are meant; None takes either, for a steward's commands.

    Raises:
        ConfigurationError: the catalogue, a profile, a key or a setting is wrong; or the keys are a sandbox's
            and this start is not, or the other way round.
    """
    keyring = Keyring.load(settings.keys_dir, clock=clock)
    if sandbox is not None and keyring.sandbox != sandbox:
        wanted = "a sandbox's" if sandbox else "no sandbox's"
        raise ConfigurationError(f"The keys in {settings.keys_dir} have to be {wanted}: set GATEWAY_KEYS_DIR.")
    database = Database(settings.database_url)
    catalogue = load_catalogue(settings.partners_dir / "catalogue")
    writes, groups = Coalescer(database), SqlGroups(database, catalogue)
    redis = None if settings.redis_url is None else _valkey(settings.redis_url)
    limits = _limits(settings, redis)
    pseudonyms = PeriodPseudonyms(keyring, SqlPeriodKeys(database), clock=clock)
    access = BackgroundAccessLog(AccessTags(pseudonyms), SqlLooks(database), catalogue.zone)
    return Laurel(
        settings=settings,
        clock=clock,
        database=database,
        keyring=keyring,
        profiles=load_profiles(settings.partners_dir, catalogue),
        groups=groups,
        key_ends=SqlKeyEnds(database, clock),
        clock_difference=ClockDifference(database, clock),
        limits=limits,
        pseudonyms=pseudonyms,
        access=access,
        writes=writes,
        status_lists=_status_lists(settings, keyring, database, catalogue, clock=clock),
        ports=Ports(
            catalogue=catalogue,
            groups=groups,
            limits=limits,
            opener=PassReader(keyring, issuer=settings.issuer_of_passes),
            directory=SqlPassDirectory(database),
            pseudonyms=pseudonyms,
            sealer=References(keyring),
            fingerprints=KeyedFingerprints(keyring),
            evidence=Evidence(keyring),
            held_passes=SealedPasses(keyring),
            pins=PepperedPins(keyring),
            ledger=SqlLedger(database, writes),
            access=access,
            cursors=TaggedCursors(keyring),
            settlements=SqlSettlements(database),
            statements=Statements(keyring, issuer=settings.public_url),
            uploads=SqlUploads(database, writes),
            allowances=SignedAllowances(keyring, issuer=settings.public_url),
        ),
        redis=redis,
    )


def _status_lists(
    settings: Settings, keyring: Keyring, database: Database, catalogue: Catalogue, *, clock: Clock
) -> StatusLists:
    signer = StatusListSigner(keyring, lists=f"{settings.public_url}/status-lists", clock=clock)
    return StatusLists(SqlPlaces(database), signer, catalogue, clock)


def _limits(settings: Settings, redis: Redis | None) -> NodeLimits:
    """Return the limits of this process, which hears of other nodes' by way of Valkey."""
    return NodeLimits(
        device_rate=settings.device_rate,
        partner_rate=settings.partner_rate,
        denied_codes=settings.denied_codes,
        shared=None if redis is None else SharedLimits(redis, denials_max=settings.denied_codes),
    )


def _valkey(url: str) -> Redis:
    """Return a client that tries once: whoever waits for an answer has less patience than its defaults."""
    return Redis.from_url(
        url, socket_timeout=VALKEY_SECONDS, socket_connect_timeout=VALKEY_SECONDS, retry=Retry(NoBackoff(), 0)
    )
