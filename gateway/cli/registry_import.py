"""Importing a registry file, step by step: read it aside, ask where it takes something back, write, count."""

from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import date

from gateway.assembly import Laurel
from gateway.auth.hashing import RegistryHasher
from gateway.cli.console import confirm, record_of
from gateway.cli.group_counts import civil_day, count_groups
from gateway.cli.line_files import LineFile, Rejects
from gateway.cli.progress import progress
from gateway.cli.registry_files import read_registry
from gateway.cli.registry_report import Order, Report
from gateway.domain.errors import MalformedInput
from gateway.domain.standing import ImportRules, RegistryRecord
from gateway.domain.steward_ports import LastImport
from gateway.services.import_registry import (
    Change,
    Imported,
    Withdrawals,
    find_withdrawals,
    import_registry,
    let_honours_fade,
    stage_records,
    take_over,
)
from gateway.store.census import SqlCensus
from gateway.store.residents import SqlResidents
from gateway.store.staging import Stage


async def import_file(laurel: Laurel, order: Order) -> Report:
    """Import a file.

    Raises:
        MalformedInput: the file is no registry, or takes honours back where it must not; nothing was changed.
        Unavailable: the database can't answer; what was written stays, and the import can be repeated.
    """
    residents = SqlResidents(laurel.database, record_of(laurel))
    with LineFile(order.file) as lines:
        last = await residents.last_import()
        read_as = f"json: {lines.is_json}, complete: {order.complete}"
        file_hash = RegistryHasher(laurel.keyring).file_hash(lines.digest(read_as))
        if last.file_hash == file_hash and not order.dry_run:
            report = Report(changes={Change.UNCHANGED: last.residents}, same_file=True)
        else:
            with closing(Stage()) as stage, Rejects(order.rejects) as rejects:
                count = await _read(laurel, stage, lines, rejects)
                importing = _Importing(laurel, order, residents, stage, rejects)
                report = await importing.write(count, last=last, file_hash=file_hash)
    if not order.dry_run:
        await let_honours_fade(residents, await SqlCensus(laurel.database).honoured(), civil_day(laurel))
    report.eligible = await count_groups(laurel, keep=not order.dry_run)
    return report


async def import_records(laurel: Laurel, records: Iterable[RegistryRecord]) -> Imported:
    """Import records that need no file: a sandbox's people."""
    residents = SqlResidents(laurel.database, record_of(laurel))
    rules = ImportRules(complete=False, honours_since=None, today=civil_day(laurel))
    with closing(Stage()) as stage:
        imported = await import_registry(residents, RegistryHasher(laurel.keyring), stage, records, rules=rules)
        as_of = stage.newest()
    if as_of is not None:
        await residents.end_import(as_of, residents=imported.residents)
    await count_groups(laurel, keep=True)
    return imported


async def _read(laurel: Laurel, stage: Stage, lines: LineFile, rejects: Rejects) -> int:
    with progress("Reading", "lines") as show:

        def shown(count: int) -> None:
            show(count, lines.position / max(lines.size, 1))

        records = read_registry(lines, rejects.add, today=civil_day(laurel))
        return await stage_records(stage, RegistryHasher(laurel.keyring), records, show=shown)


@dataclass(frozen=True, slots=True)
class _Importing:
    """A file that was read aside, about to be written."""

    laurel: Laurel
    order: Order
    residents: SqlResidents
    stage: Stage
    rejects: Rejects

    async def write(self, count: int, *, last: LastImport, file_hash: bytes) -> Report:
        as_of = self.stage.newest()
        if as_of is None:
            raise MalformedInput("file", _nobody(self.rejects))
        order = self.order
        if order.complete and last.honours_as_of is not None and as_of < last.honours_as_of:
            raise MalformedInput(
                "--complete",
                f"the file is as of {as_of}, and a complete one as of {last.honours_as_of} was imported already. "
                "Nothing was changed; import this one without --complete.",
            )
        today = civil_day(self.laurel)
        rules = ImportRules(complete=order.complete, honours_since=last.honours_as_of, today=today)
        withdrawals = await self._withdrawals(rules, as_of)
        if not order.dry_run:
            await self.residents.begin_import(complete=order.complete)
            await self._require_unchanged(rules, withdrawals, as_of)
        imported = await self._take_over(count, rules, withdrawals)
        report = Report(
            as_of=as_of,
            changes=imported.changes,
            rejected=self.rejects.count,
            honours_withdrawn=withdrawals.honours,
            gained=imported.gained,
            lost=imported.lost,
        )
        if not order.dry_run:
            await self.residents.end_import(
                as_of,
                complete=order.complete,
                file_hash=None if self.rejects.count else file_hash,
                residents=imported.residents,
                counts=report.counts(),
            )
        return report

    async def _require_unchanged(self, rules: ImportRules, withdrawals: Withdrawals, as_of: date) -> None:
        """Refuse to go on by what was found, or answered, before another import ended: from now on none writes."""
        same = (await self.residents.last_import()).honours_as_of == rules.honours_since
        if same and rules.complete:
            honoured = await SqlCensus(self.laurel.database).honoured()
            same = find_withdrawals(honoured, self.stage, rules, as_of=as_of) == withdrawals
        if not same:
            raise MalformedInput("import", "Another one ended meanwhile. Nothing was changed; say it again.")

    async def _take_over(self, count: int, rules: ImportRules, withdrawals: Withdrawals) -> Imported:
        rewards = self.laurel.ports.catalogue.rewards.values()
        with progress("Comparing" if self.order.dry_run else "Recording", "residents") as show:
            return await take_over(
                self.residents,
                self.stage,
                rules,
                absent=withdrawals.absent,
                eligible_by={reward.rule for reward in rewards} if self.order.dry_run else (),
                dry_run=self.order.dry_run,
                show=lambda done: show(done, done / max(count, 1)),
            )

    async def _withdrawals(self, rules: ImportRules, as_of: date) -> Withdrawals:
        """Find what a complete file takes back, and refuse or ask before that is done: it can't be undone."""
        if not rules.complete:
            return Withdrawals(0, {})
        honoured = await SqlCensus(self.laurel.database).honoured()
        found = find_withdrawals(honoured, self.stage, rules, as_of=as_of)
        if self.order.dry_run or not found.honours:
            return found
        if self.rejects.count:
            raise MalformedInput(
                "--complete",
                f"rejected lines: {self.rejects.count}, and {found.honours} honours would be withdrawn, perhaps "
                f"because of them. Nothing was changed; correct what {self.rejects.path} lists, or import without "
                "--complete.",
            )
        question = f"{found.honours} honours that are on record are not in this file. Withdraw them?"
        confirm(question, yes=self.order.yes)
        return found


def _nobody(rejects: Rejects) -> str:
    if rejects.count:
        return f"none of its lines is right; {rejects.path} has the reasons. Nothing was changed."
    return "it tells of nobody. Nothing was changed."
