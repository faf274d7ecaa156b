"""The GitOps engine: an App, a client and a source in; a Status out.

It reads like its pipeline: `app` -> `source` -> `render` -> `plan` -> `apply` -> `health` ->
`status`, run by `reconcile` and driven by `loop`. It knows nothing of labs.
"""
