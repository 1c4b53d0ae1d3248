"""What the bench of sizes found is told as tables and drawn as pictures."""

import json
import xml.etree.ElementTree as ElementTree
from dataclasses import asdict
from pathlib import Path

from bench.scale_plots import main, plot
from bench.scale_report import CommandRow, Report, Row, TableRow


def _row(work: str, residents: int, p50_ms: float) -> Row:
    return Row(
        work=work,
        residents=residents,
        requests=4,
        p50_ms=p50_ms,
        p95_ms=9.0,
        p99_ms=9.5,
        gateway_us=1400,
        postgresql_us=300,
    )


def _report() -> Report:
    sizes = {1000: 5_714, 3_500_000: 20_000_000}
    return Report(
        load_before=0.1,
        redemptions=sizes,
        rows=[_row(work, size, 2.0 if size == 1000 else 2.2) for work in ("verify", "redeem") for size in sizes],
        on_disk=[TableRow(residents=3_500_000, table="entry", rows_mb=3300, indexes_mb=1200)],
        commands=[CommandRow(residents=1000, command="audit ledger", seconds=1.0, cpu_seconds=0.9, peak_mb=130)],
    )


def test_a_city_is_told_beside_the_smallest() -> None:
    told = _report().tables().splitlines()
    [line] = [line for line in told if line.startswith("verify") and "3,500,000" in line]
    assert line.split() == ["verify", "3,500,000", "20,000,000", "2.20", "9.00", "9.50", "1400", "300", "1.10"]
    assert "entry                3,300       1,200" in told


def test_the_pictures_are_drawn_from_the_file(tmp_path: Path) -> None:
    (tmp_path / "scale.json").write_text(json.dumps(asdict(_report())))
    assert main(["--of", str(tmp_path / "scale.json"), "--out", str(tmp_path)]) == 0
    assert len(list(tmp_path.glob("*.svg"))) == 3


def test_a_plot_is_well_formed_and_has_every_point() -> None:
    drawn = plot("Cost", "ms", {"verify": [(1e3, 1.0), (3.5e6, 1.2)], "redeem": [(1e3, 5.0), (3.5e6, 5.5)]})
    tree = ElementTree.fromstring(drawn)
    assert len(tree.findall("{*}circle")) == 4
    assert "prefers-color-scheme: dark" in drawn
