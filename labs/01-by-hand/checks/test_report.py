import pytest

from gitops_lab.checks import RepositoryField, Told

KNOWN = {"version": "1.1", "previous": "2.0"}


@pytest.mark.parametrize("field", ["version", "previous", "promise", "promisedBy"])
def test_field(expect, parameters, field):
    """report.yaml says what can be found out"""
    known = {**KNOWN, "promise": parameters["promise"], "promisedBy": parameters["colleague"]}
    right = RepositoryField("notes", "report.yaml", field, known[field])
    expect(Told(right, expected=f"{field} in report.yaml is what the cluster tells"))
