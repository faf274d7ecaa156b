"""Everything for a laptop without network in one file, and the way from there to a running lab.

`create` packs, `load` unpacks. A bundle is a zip that Python itself can run: `load` is inside it
as `__main__.py`, so a machine that has nothing but Python can take it.
"""
