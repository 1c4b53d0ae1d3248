"""`gateway registry erase | readmit`: who wants to be on no record, and who comes back."""

from datetime import date
from typing import Annotated, Final

import typer

from gateway.assembly import Laurel
from gateway.auth.hashing import RegistryHasher
from gateway.cli.card_desk import given
from gateway.cli.console import AsJson, Yes, confirm, record_of, tell, with_laurel
from gateway.cli.group_counts import civil_day
from gateway.cli.privacy import REMAINS, DryRun
from gateway.domain.erasure import readmit_from
from gateway.domain.errors import MalformedInput
from gateway.store.erasing import SqlErasure, Traces
from gateway.store.scrubbing import Scrubbed, scrub

RegistryId = Annotated[str, typer.Argument(help="The registry id; - reads it from standard input.")]

ACCOUNT: Final = (
    "留存说明 / What remains",
    "1. 您的志愿时长、荣誉、随机密钥和全部凭证已经删除；旧凭证不能再用。",
    "   Your hours, honours, random secret and all passes are deleted; old passes no longer work.",
    "2. 仅留存一个带密钥的散列值，用来防止再次导入；没有市里的密钥，无法得知它属于谁。",
    "   One keyed hash stays, so that you are not imported again; without the city's key it names nobody.",
    "3. 过去的使用记录仍计入结算，但已没有任何人能把它们与您联系起来。",
    "   Past redemptions still count in settlements, but they can no longer be linked to you.",
    "4. 更早的数据备份在到期之前仍包含已删除的内容。",
    "   Backups from before still hold what was deleted, until they expire.",
    "5. 志愿服务登记处自己的记录不在本系统之内，请向该处申请删除。",
    "   The volunteer registry's own records are not part of this system: ask there to have them deleted.",
)
"""What is printed for the resident; each sentence is in docs/privacy.md at more length."""


def erase(registry_id: RegistryId, *, dry_run: DryRun = False, yes: Yes = False, as_json: AsJson = False) -> None:
    """Delete a resident's record and all passes, and import them no more. It can't be undone."""

    async def work(laurel: Laurel) -> None:
        whose = RegistryHasher(laurel.keyring).hash(given(registry_id))
        erasure = SqlErasure(laurel.database, record_of(laurel))
        traces, day = await erasure.traces(whose), await _day(laurel, erasure)
        if dry_run:
            tell(_facts(traces, day, dry_run=True), _foreseen(traces, day), as_json=as_json)
            return
        confirm(f"{_foreseen(traces, day)} Go on?", yes=yes)
        await erasure.erase(whose, readmit_from=day)
        files = await _scrub(laurel)
        told = [*ACCOUNT, f"6. {day:%Y-%m-%d} 起可申请恢复。 / From {day} on you may ask to come back.", ""]
        facts = {**_facts(traces, day, dry_run=False), "files": files.value, "account": ACCOUNT}
        tell(facts, "\n".join([*told, _said_of_files(files)]), as_json=as_json)

    with_laurel(work, interrupted="Interrupted. Say it again: what is erased stays so.")


def readmit(registry_id: RegistryId, *, yes: Yes = False, as_json: AsJson = False) -> None:
    """Let the next import bring somebody back who was erased and asks for it."""

    async def work(laurel: Laurel) -> None:
        whose = RegistryHasher(laurel.keyring).hash(given(registry_id))
        erasure = SqlErasure(laurel.database, record_of(laurel))
        day = (await erasure.traces(whose)).readmit_from
        if day is None:
            raise MalformedInput("registry id", "Nobody of this id was erased; nothing was changed.")
        confirm("Has this resident asked to come back?", yes=yes)
        if not await erasure.readmit(whose, today=civil_day(laurel)):
            raise MalformedInput("registry id", f"Quotas of before are open still; come back on {day} or later.")
        tell({"readmitted": True}, "The next import of the registry brings them back.", as_json=as_json)

    with_laurel(work)


async def _day(laurel: Laurel, erasure: SqlErasure) -> date:
    catalogue = laurel.ports.catalogue
    return readmit_from(
        (reward.quota.per for reward in catalogue.rewards.values()),
        civil_day(laurel),
        last_occasion=await erasure.last_occasion(),
        zone=catalogue.zone,
    )


async def _scrub(laurel: Laurel) -> Scrubbed:
    """Write SQLite's file anew. PostgreSQL's tables are a city's: when to lock them is for the operator to say."""
    return await scrub(laurel.database) if laurel.database.is_sqlite else Scrubbed.LOGS_REMAIN


def _said_of_files(files: Scrubbed) -> str:
    if files is not Scrubbed.LOGS_REMAIN:
        return REMAINS[files]
    return (
        "Not complete yet on PostgreSQL: the old rows' bytes end with `gateway privacy scrub` (VACUUM FULL), and "
        "in WAL, its archive, replicas and backups when those end; docs/operations.md says how."
    )


def _facts(traces: Traces, day: date, *, dry_run: bool) -> dict[str, object]:
    return {
        "on_record": traces.on_record,
        "passes": traces.passes,
        "readmit_from": day.isoformat(),
        "dry_run": dry_run,
    }


def _foreseen(traces: Traces, day: date) -> str:
    after = f"no import brings them back, and they may ask for it from {day} on."
    if not traces.on_record:
        return f"Nobody of this id is on record; {after}"
    return f"The record goes for good with {traces.passes} passes; {after}"
