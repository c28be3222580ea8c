"""The kernel: what every room stands on and no room could own.

Glossary: *event* 事实 (something that happened, past tense), *reaction* (code that answers an event, wired in `flows/wiring.py`),
*job* 后台任务, *run* 批量任务 (a piece of bulk work with progress and a per-row result that a person watches), *fen* 分 (money).
"""
