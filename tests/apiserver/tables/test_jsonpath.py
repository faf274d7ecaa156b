import pytest

from gitops_lab.apiserver.tables.jsonpath import find, parse

OBJECT = {
    "metadata": {"labels": {"app.kubernetes.io/name": "web"}},
    "spec": {"replicas": 3, "ports": [{"name": "http", "port": 80}, {"name": "db", "port": 5432}]},
    "status": {"conditions": [{"type": "Ready", "status": "True"}]},
}


@pytest.mark.parametrize(
    ("path", "found"),
    [
        (".spec.replicas", [3]),
        ("{.spec.replicas}", [3]),
        (r".metadata.labels.app\.kubernetes\.io/name", ["web"]),
        (".metadata.labels['app.kubernetes.io/name']", ["web"]),
        (".spec.ports[0].name", ["http"]),
        (".spec.ports[-1].name", ["db"]),
        (".spec.ports[0:1].name", ["http"]),
        (".spec.ports[*].port", [80, 5432]),
        ('.status.conditions[?(@.type=="Ready")].status', ["True"]),
        (".spec.ports[?(@.port > 100)].name", ["db"]),
        ('.status.conditions[?(@.type=="Synced")].status', []),
        (".spec.nothing.below", []),
        (".spec.replicas.below", []),
        (".spec.ports[7].name", []),
    ],
)
def test_values_are_found_where_the_path_leads(path: str, found: list[object]) -> None:
    assert find(path, OBJECT) == found


@pytest.mark.parametrize("path", [".spec[", ".spec..replicas", ".spec[?(@.a~1)]"])
def test_a_path_beyond_what_is_understood_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="can't be read"):
        parse(path)
