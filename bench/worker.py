"""One figure in one process: set Django up over an empty database, migrate, measure, print one JSON object per row."""

from __future__ import annotations

import json
import sys


def main() -> None:
    import django  # noqa: PLC0415 - settings are read from the environment that the parent made

    django.setup()
    from django.core.management import call_command  # noqa: PLC0415 - needs the set-up above

    from bench import figures  # noqa: PLC0415 - the same

    name, *sizes = sys.argv[1:]
    call_command("migrate", verbosity=0, interactive=False)
    for row in figures.load(name)([int(size) for size in sizes]):
        print(json.dumps(row.plain()), flush=True)


if __name__ == "__main__":
    main()
