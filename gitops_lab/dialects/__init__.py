"""Engines that are spoken: their resources are translated into Apps, their Status is written back.

One package an engine; each has `dialect(timing)`, see `dialect.Dialect`.
"""
