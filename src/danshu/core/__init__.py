"""The kernel: what every room stands on and no room could own.

Glossary: *event* 事实 (something that happened, past tense), *reaction* (code that answers an event, wired in `flows/wiring.py`),
*job* 后台任务, *run* 批量任务 (a piece of bulk work with progress and a per-row result that a person watches), *fen* 分 (money).
"""

import sys

# httpx reads its command line where click, rich and pygments happen to be installed, which takes longer than all the rest of it.
sys.modules.setdefault("httpx._main", None)  # type: ignore[arg-type]  # None: it cannot be imported, and httpx does without
