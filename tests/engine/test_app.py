from dataclasses import replace

import pytest

from gitops_lab.engine.app import App, SyncPolicy
from gitops_lab.engine.errors import AppError
from tests.engine.objects import app_object, make_app


def test_defaults_ask_for_nothing_automatic() -> None:
    app = make_app()

    assert app.source.revision == "main"
    assert app.destination.cluster == "main"
    assert app.sync_policy == SyncPolicy(False, False, False)


def test_everything_that_is_said_of_sources_survives_too() -> None:
    app = make_app(
        source={
            "repo": "web",
            "revision": ">=1.0 <2",
            "path": "chart",
            "ignore": ["*.md"],
            "verify": {"secret": "signers"},
            "helm": {
                "releaseName": "shop",
                "valueFiles": ["a.yaml", "$more/b.yaml"],
                "values": {"a": {"b": [1, "x", None]}},
                "skipCrds": True,
                "apiVersions": ["x/v1"],
            },
        },
        additionalSources=[{"repo": "config", "ref": "more"}, {"repo": "else", "path": "x"}],
        postBuild={
            "substitute": {"a": "b"},
            "substituteFrom": [{"kind": "Secret", "name": "s", "optional": True}],
            "strict": False,
        },
        decryption={"secret": "age"},
    )

    assert App.from_object(app.to_object()) == replace(app, generation=0)
    assert [one.rendered for one in app.source.others] == [False, True]


def test_an_app_survives_the_way_to_an_object_and_back() -> None:
    app = make_app(
        source={
            "repo": "web",
            "revision": "v1",
            "path": "deploy",
            "kustomize": {"namePrefix": "x-"},
        },
        destination={"namespace": "web", "createNamespace": True},
        syncPolicy={"automated": True, "prune": True, "selfHeal": True},
        suspend=True,
    )

    assert App.from_object(app.to_object()) == App.from_object(
        {**app.to_object(), "metadata": {"namespace": "gitops", "name": "web"}}
    )
    assert App.from_object(app.to_object()).source == app.source


@pytest.mark.parametrize(
    ("spec", "field"),
    [
        ({"source": {}}, "spec.source.repo"),
        ({"source": {"repo": "../etc"}}, "spec.source.repo"),
        ({"source": {"repo": "web", "path": "../.."}}, "spec.source.path"),
        ({"source": {"repo": "web", "path": "/etc"}}, "spec.source.path"),
        ({"source": {"repo": "web", "revision": "--upload-pack=x"}}, "spec.source.revision"),
        ({"source": {"repo": "web", "revision": 1.0}}, "spec.source.revision"),
        ({"source": {"repo": "web", "pth": "x"}}, "spec.source.pth"),
        ({"source": {"repo": "web", "kustomize": {}, "helm": {"x": 1}}}, "spec.source.helm"),
        (
            {"source": {"repo": "web", "helm": {"releaseName": "Not_One"}}},
            "spec.source.helm.releaseName",
        ),
        (
            {"source": {"repo": "web", "helm": {"valueFiles": ["https://x.example/v.yaml"]}}},
            "spec.source.helm.valueFiles[0]",
        ),
        (
            {"source": {"repo": "web", "helm": {"valueFiles": ["a.yaml", "$none/v.yaml"]}}},
            "spec.source.helm.valueFiles[1]",
        ),
        (
            {"source": {"repo": "web", "kustomize": {"patches": [{"target": {}}]}}},
            "spec.source.kustomize.patches[0].patch",
        ),
        (
            {
                "source": {
                    "repo": "web",
                    "kustomize": {"patches": [{"patch": "a", "target": {"kid": "x"}}]},
                }
            },
            "spec.source.kustomize.patches[0].target.kid",
        ),
        (
            {"source": {"repo": "web", "kustomize": {"components": ["https://x.example"]}}},
            "spec.source.kustomize.components[0]",
        ),
        (
            {"source": {"repo": "web", "verify": {"secret": "s", "mode": "x509"}}},
            "spec.source.verify.mode",
        ),
        ({"additionalSources": ["web"]}, "spec.additionalSources[0]"),
        ({"additionalSources": [{"repo": "a", "ref": "no/ref"}]}, "spec.additionalSources[0].ref"),
        (
            {"additionalSources": [{"repo": "a", "ref": "x"}, {"repo": "b", "ref": "x"}]},
            "spec.additionalSources[0].ref",
        ),
        (
            {"additionalSources": [{"repo": "a", "verify": {"secret": "s"}}]},
            "spec.additionalSources[0].verify",
        ),
        ({"postBuild": {"substitute": {"a-b": "x"}}}, "spec.postBuild.substitute.a-b"),
        ({"postBuild": {"substitute": {"a": 1}}}, "spec.postBuild.substitute.a"),
        (
            {"postBuild": {"substituteFrom": [{"kind": "Pod", "name": "x"}]}},
            "spec.postBuild.substituteFrom[0].kind",
        ),
        ({"decryption": {"provider": "sops"}}, "spec.decryption.secret"),
        ({"decryption": {"secret": "s", "provider": "gpg"}}, "spec.decryption.provider"),
        ({"syncPolicy": {"automated": "yes"}}, "spec.syncPolicy.automated"),
        ({"destination": {"namespace": "No_Such"}}, "spec.destination.namespace"),
        ({"destination": "main"}, "spec.destination"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_wrong_field_is_named(spec: dict[str, object], field: str) -> None:
    with pytest.raises(AppError) as caught:
        App.from_object(app_object(**spec))

    assert caught.value.place.field == field
    assert caught.value.place.object == "GitOpsApp/gitops/web"
    assert not caught.value.retry
