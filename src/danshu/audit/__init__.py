"""Who did what, when. Operations call `audit.record`; nobody edits or deletes an entry.

Glossary: *entry* 操作记录, *verb* 动作 (dotted: `order.held`), *target* 对象.
"""
