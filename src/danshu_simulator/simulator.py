"""All of it together. In a test:

    with Simulator(seed=7) as simulator:
        shop = ordering.open_shop(simulator.world, "woocommerce")
        ordering.put_up(simulator.world, shop.key, goods.invented(5, Random(7)))
        simulator.gateway("woocommerce")      # http://127.0.0.1:PORT/woocommerce, in place of the platform's own address
"""

from __future__ import annotations

import threading
from pathlib import Path
from types import TracebackType
from typing import Self

from danshu_simulator import ordering, refunding
from danshu_simulator.clock import Clock
from danshu_simulator.exchange import Exchange
from danshu_simulator.fronts import load
from danshu_simulator.life import Life
from danshu_simulator.pushing import Pusher
from danshu_simulator.server import Server
from danshu_simulator.world import World

BEAT = 0.1  # real seconds between looks at the agenda


class Simulator:
    """`folder`: where the world is kept; without one it is forgotten at the end. `port` 0 takes a free one."""

    def __init__(
        self, folder: Path | None = None, *, port: int = 0, seed: int = 1, speed: float | None = None, clock: Clock | None = None
    ) -> None:
        self.world = World(folder, seed=seed, clock=clock)
        if speed is not None and speed != self.world.clock.speed:
            self.world.clock.set(self.world.clock.now(), speed=speed)
            self.world.keep_clock()
        ordering.tell_stories(self.world)
        refunding.tell_stories(self.world)
        self.life = Life(self.world)
        self.fronts = load()
        self.exchange = Exchange(self.world)
        self.pusher = Pusher(self.world, self.fronts)
        self.server = Server(port, self)
        self._threads = [
            threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, name="simulator", daemon=True),
            threading.Thread(target=self._beat, name="heart", daemon=True),
        ]

    @property
    def url(self) -> str:
        return self.server.url

    def gateway(self, platform: str) -> str:
        return f"{self.url}/{platform}"

    def start(self) -> None:
        self.pusher.start()
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self.server.stopping.set()
        self.server.shutdown()
        self.pusher.lines.cut()
        self.pusher.stop()
        for thread in self._threads:
            thread.join(5)
        self.server.server_close()
        self.world.close()

    def _beat(self) -> None:
        while not self.server.stopping.wait(BEAT):
            self.world.run_due(self.world.clock.now())

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()
