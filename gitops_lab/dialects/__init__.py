"""The resources of other GitOps engines, served by ours: a folder for each engine."""
