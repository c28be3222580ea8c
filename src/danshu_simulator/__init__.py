"""A simulator of the platforms' open interfaces: shops that sell, and a server that answers in each platform's own words.

A program of its own. It imports nothing of Danshu, so that what our connectors say is judged by other code than theirs
(docs/adr/0050-simulator-of-its-own.md; docs/mechanisms/simulator.md says how to use it).

    world       what is true: shops, items, orders, refunds; changed only by `ordering` and `refunding`
    agenda      what is going to happen, and when; `life` puts buyers' deeds there
    moods       how a shop's interface misbehaves
    fronts/     one platform each: its addresses, its signature, its words
    control     /_control/: how tests and people steer it
    truth       everything that is so, in one neutral form, to compare with

Moments are whole milliseconds since 1970 (`_ms`), money is fen, numbers of platforms are strings.
"""
