"""Server-side apply as Flux's controllers do it: dry run first, write only what drifted, in stages.

`changes` are what happened to objects, `order` the order of kinds, `drift` the comparison, `owners`
whose fields are taken over, `apply` and `delete` the writes, `kstatus` and `wait` the health.
"""
