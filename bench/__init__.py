"""Reproducible measurements: each figure of ours with the raw-driver limit beside it, measured in the same run.

`./danshu bench [NAME…] [--json]`. Absolute times swing by a factor of two on shared machines; read the ratios and CPU times.
"""
