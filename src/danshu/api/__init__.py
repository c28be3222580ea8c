"""The REST door: `/api/v1/` for programs with a token, and the doors at which platforms ring. See docs/mechanisms/api.md.

Each endpoint makes one domain call and writes nothing itself; errors have one shape (`errors.py`); every endpoint names its scope.
"""
