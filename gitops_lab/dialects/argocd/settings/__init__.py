"""What the ConfigMap `argocd-cm` sets for all Applications."""
