"""What kube-proxy does: Services reachable on loopback ports, balanced over ready endpoints."""
