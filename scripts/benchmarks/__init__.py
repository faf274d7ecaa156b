"""Benchmarks of the product as a user drives it: the real commands, the real git."""
