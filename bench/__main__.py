"""Run figures on both databases, each in a process of its own over a freshly migrated database, and print them."""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bench import figures, postgres

ROOT = Path(__file__).resolve().parent.parent
HEADS = ("name", "database", "size", "value", "unit", "limit", "ratio", "cpu_ms")


def main() -> int:
    options = _parse()
    failed = False
    with postgres.cluster(options.postgres_url) as url:
        targets = {"sqlite": "", "postgresql": url}
        for database in options.databases:
            for name in options.names:
                for row in _measure(name, database, targets[database], options.sizes):
                    failed |= "error" in row
                    _show(row, as_json=options.json)
    return int(failed)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="danshu bench", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of: {' '.join(figures.NAMES)} (default: all)")
    parser.add_argument("--json", action="store_true", help="one JSON object per figure")
    parser.add_argument("--databases", nargs="+", choices=["sqlite", "postgresql"], default=["sqlite", "postgresql"])
    parser.add_argument("--sizes", nargs="+", type=int, default=[10_000, 100_000, 1_000_000], help="orders in the database, for pages")
    parser.add_argument(
        "--postgres-url", default=os.environ.get("DANSHU_BENCH_POSTGRES_URL", ""), help="a server to use; default: a private one is started"
    )
    options = parser.parse_args()
    unknown = set(options.names) - set(figures.NAMES)
    if unknown:
        parser.error(f"unknown: {' '.join(sorted(unknown))}")
    options.names = options.names or list(figures.NAMES)
    return options


def _measure(name: str, database: str, url: str, sizes: list[int]) -> Iterator[dict[str, Any]]:
    """The rows that one figure prints, from a process with its own empty database."""
    with tempfile.TemporaryDirectory(prefix="danshu-bench-") as folder, postgres.database(url) as database_url:
        env = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(ROOT)]),
            "DANSHU_DATA": folder,
            "DANSHU_DATABASE_URL": database_url,
            "DJANGO_SETTINGS_MODULE": "danshu.config.settings",
            "DANSHU_LOG_LEVEL": "ERROR",
        }
        command = [sys.executable, "-m", "bench.worker", name, *map(str, sizes)]
        process = subprocess.Popen(command, env=env, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("{"):
                yield {"name": name, "database": database, **json.loads(line)}
        if process.wait():
            yield {"name": name, "database": database, "error": f"the measurement ended with status {process.returncode}"}


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(row, ensure_ascii=False), flush=True)
    elif "error" in row:
        print(f"{row['name']:<18} {row['database']:<11} {row['error']}", flush=True)
    else:
        ratio = "" if row["ratio"] is None else f"{row['ratio']:.2f}"
        print(
            f"{row['name']:<18} {row['database']:<11} {row['size']:>9,} {row['value']:>12,.2f} {row['unit']:<10}"
            f" limit {row['limit']:>12,.2f}  ratio {ratio:>6}  {row['cpu_ms']:>8.3f} ms cpu  {row.get('note', '')}",
            flush=True,
        )


if __name__ == "__main__":
    raise SystemExit(main())
