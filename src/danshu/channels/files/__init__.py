"""Export files of the platforms: recognising what a file is, and translating its rows into `IncomingOrder`s.

`vocabulary` says what a column name can mean, `formats` lists the files we know, `recognise` finds sheet, header row, platform and
columns, `cells`, `statuses` and `addresses` read single values, `translate` makes orders of rows, `rejects` writes the bad rows back.

Glossary: *meaning* 字段 (what a column holds: `order_no`), *format* 格式 (one kind of export file), *layout* 版式 (what was found in one
file), *group* (the rows of one order), *mark* (a column name that only one platform uses).
"""
