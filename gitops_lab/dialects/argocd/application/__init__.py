"""Argo CD's Application: `spec` reads it, `targets` asks Git, `compare` asks the cluster, `sync`
takes the steps of an operation, `automatic` decides when one begins, `passing` puts it together.
"""
