import pytest

from gitops_lab.apiserver.types.quantity import (
    QuantityError,
    canonical,
    parse_quantity,
    rounded_to_milli,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("0.5", "500m"),
        ("1000m", "1"),
        ("1500m", "1500m"),
        ("1024Mi", "1Gi"),
        ("1.5Gi", "1536Mi"),
        ("0.5Ki", "512"),
        ("100Mi", "100Mi"),
        ("1000000", "1M"),
        ("2e3", "2e3"),
        ("1e-3", "1e-3"),
        ("0.1n", "1n"),
        ("-1", "-1"),
        ("0", "0"),
        (3, "3"),
        (0.25, "250m"),
    ],
)
def test_the_canonical_form(written, expected):
    assert canonical(written) == expected


@pytest.mark.parametrize("text", ["", "abc", "1x", "1 Gi", "1e", "--1", "1e9999"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(QuantityError):
        canonical(text)


def test_quantities_compare_by_value():
    assert parse_quantity("1Gi").value == parse_quantity("1024Mi").value
    assert parse_quantity("999m").value < parse_quantity("1").value


def test_resource_lists_know_nothing_finer_than_a_thousandth():
    assert rounded_to_milli("100n") == "1m"
    assert rounded_to_milli("1500u") == "2m"
    assert rounded_to_milli("500m") == "500m"
