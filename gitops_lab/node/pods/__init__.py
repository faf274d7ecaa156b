"""The life of a pod: volumes, containers, probes, logs, status, end."""
