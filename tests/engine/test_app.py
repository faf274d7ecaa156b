import pytest

from gitops_lab.engine.app import App, SyncPolicy
from gitops_lab.engine.errors import AppError
from tests.engine.objects import app_object, make_app


def test_defaults_ask_for_nothing_automatic() -> None:
    app = make_app()

    assert app.source.revision == "main"
    assert app.destination.cluster == "main"
    assert app.sync_policy == SyncPolicy(False, False, False)


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
