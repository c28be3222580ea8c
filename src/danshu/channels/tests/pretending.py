"""A platform that answers what it was told, word by word, and payloads that went wrong on the way: for the tests of adapters."""

from __future__ import annotations

import copy
import functools
import json
from decimal import Decimal

import httpx
from hypothesis import strategies as st

from danshu.core import http


class Pretender:
    """Takes every call of `core.http` while it is installed; answers stand in `script`, calls in `calls`. An answer is JSON, bytes, a
    (status, answer) pair, a whole response, or an exception of the connection."""

    def __init__(self, monkeypatch):
        self.calls, self.script = [], []
        monkeypatch.setattr(http, "Client", functools.partial(http.Client, attempts=1, transport=httpx.MockTransport(self._answer)))

    def says(self, *answers):
        self.script += answers
        return self

    def _answer(self, request):
        self.calls.append(request)
        answer, status = self.script.pop(0), 200
        if isinstance(answer, tuple):
            status, answer = answer
        if isinstance(answer, Exception):
            raise answer
        if isinstance(answer, httpx.Response):
            return answer
        return httpx.Response(status, content=answer if isinstance(answer, bytes) else json.dumps(answer).encode())


def load(path):
    """JSON as adapters get it."""
    return json.loads(path.read_text(encoding="utf-8"), parse_float=Decimal)


JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.sampled_from([10**30, -1, Decimal("NaN"), Decimal("1E+999999999"), Decimal("-0.001"), Decimal("Infinity")]),
    st.text(max_size=30),
    st.sampled_from(["", "0", "-1", "null", "2026-13-45 00:00:00", "1e400", "\x00", "##", "$$", "9" * 5000, "0000-00-00 00:00:00"]),
    st.lists(st.one_of(st.integers(), st.text(max_size=5), st.builds(dict)), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
    st.sampled_from([10**40, "99" * 400, "1e999999999", "2026-13-01T00:00:00", "0001-01-01T00:00:00+14:00"]),
    st.builds(lambda: {"a": []}),  # made anew each time: a later change may reach into it
    st.builds(lambda: [1, None]),
    st.decimals(),
)


def _places(value, found):
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        found.append((value, key))
        _places(inner, found)
    return found


@st.composite
def mutated(draw, payloads):
    """One of the payloads with one to four values replaced or left out, at any depth."""
    body = copy.deepcopy(draw(st.sampled_from(payloads)))
    for _time in range(draw(st.integers(1, 4))):
        places = _places(body, [])
        if not places:
            break
        holder, key = draw(st.sampled_from(places))
        if isinstance(holder, dict) and draw(st.booleans()):
            del holder[key]
        else:
            holder[key] = draw(JUNK)
    return body


STRANGE = [
    None, True, False, 0, 1, -1, 10**30, 2**63, Decimal("1.5"), Decimal("NaN"), Decimal("1E+400"), "", " ", "x", "12", "-3", "٣",
    "9" * 5000, "\ud800", "a\x00b", [], {}, [None], [[]], [{}], {"a": 1}, {"attr_key": {}}, 4102444800, "1767225600", 1767225600000,
]  # fmt: skip


def ways(body, path=()):
    """The path of everything in the body, the body itself first."""
    yield path
    for key, value in body.items() if isinstance(body, dict) else enumerate(body) if isinstance(body, list) else ():
        yield from ways(value, (*path, key))


def mutate(body, chance):
    """As `mutated`, by a seeded chance: thousands of bodies in a moment."""
    body = copy.deepcopy(body)
    for _change in range(chance.randint(1, 4)):
        path = chance.choice(list(ways(body))[1:] or [("x",)])
        holder = body
        for key in path[:-1]:
            holder = holder[key]
        if isinstance(holder, dict) and chance.random() < 0.3:
            holder.pop(path[-1], None)
        else:
            holder[path[-1]] = copy.deepcopy(chance.choice(STRANGE))
    return body
