"""Flux: its sources, its Kustomizations and Helm releases, as its controllers serve them."""
