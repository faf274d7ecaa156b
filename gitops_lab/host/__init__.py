"""The composition root of the two background processes: `python -m gitops_lab.host NAME`."""
