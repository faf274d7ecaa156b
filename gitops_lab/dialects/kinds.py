"""The kinds that Flux serves, with the versions of today. Light: checks ask for it, too."""

_SOURCE, _IMAGE = "source.toolkit.fluxcd.io/v1", "image.toolkit.fluxcd.io/v1"

FLUX_KINDS = {
    **dict.fromkeys(
        ("Bucket", "GitRepository", "OCIRepository", "HelmRepository", "HelmChart"), _SOURCE
    ),
    "Kustomization": "kustomize.toolkit.fluxcd.io/v1",
    "HelmRelease": "helm.toolkit.fluxcd.io/v2",
    **dict.fromkeys(("ImageRepository", "ImagePolicy", "ImageUpdateAutomation"), _IMAGE),
}
"""The apiVersion of each kind that reconciles something."""
