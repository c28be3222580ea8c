"""`python -m danshu_simulator`: the server, until Ctrl-C or SIGTERM."""

from __future__ import annotations

import argparse
import signal
import sys
import threading
from pathlib import Path

from danshu_simulator.simulator import Simulator


def arguments() -> argparse.ArgumentParser:
    about = "Serve the platforms' open interfaces, simulated, on this machine alone."
    parser = argparse.ArgumentParser(prog="simulator", description=about)
    parser.add_argument("--port", type=int, default=8099, help="port on 127.0.0.1 (0 = a free one)")
    parser.add_argument("--data", type=Path, default=None, help="folder that keeps the simulated world (without it nothing is kept)")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same buyers")
    parser.add_argument("--speed", type=float, default=None, help="simulated seconds in a real one (0 = time stands still)")
    return parser


def main(argv: list[str] | None = None) -> int:
    chosen = arguments().parse_args(argv)
    try:
        simulator = Simulator(chosen.data, port=chosen.port, seed=chosen.seed, speed=chosen.speed)
    except OSError as error:
        sys.stderr.write(f"Port {chosen.port} cannot be used ({error.strerror}). Is a simulator running already? Try --port 8100.\n")
        return 1
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    simulator.start()
    sys.stdout.write(f"Simulator: {simulator.url}/_control/ ({', '.join(sorted(simulator.fronts))})\n")
    sys.stdout.flush()
    told.wait()
    simulator.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
