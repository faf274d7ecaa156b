"""Random manifests and patches, made from a seed: the same seed makes the same requests."""
