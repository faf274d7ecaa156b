"""An ingress controller: one HTTP port of this machine for all Ingresses of our class."""
