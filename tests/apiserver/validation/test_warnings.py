"""A TLS Secret is told of when a server could not start with it. The oracle compares the rest."""

import base64
from pathlib import Path

import pytest

from gitops_lab.apiserver.validation.warnings.keys import key_pair
from gitops_lab.apiserver.validation.warnings.values import address, network
from tests.apiserver.servers import write_certificate


def pair(folder: Path) -> tuple[str, str]:
    """(certificate, key) as a Secret holds them."""
    folder.mkdir()
    certificate, key = write_certificate(folder)
    return tuple(base64.b64encode(each.read_bytes()).decode() for each in (certificate, key))  # type: ignore[return-value]


def test_a_key_of_its_certificate_is_nothing_to_tell(tmp_path: Path) -> None:
    assert list(key_pair(*pair(tmp_path / "a"))) == []


def test_a_key_of_another_certificate_is_told(tmp_path: Path) -> None:
    (certificate, _), (_, key) = pair(tmp_path / "a"), pair(tmp_path / "b")
    assert list(key_pair(certificate, key)) == ["tls: private key does not match public key"]


def test_a_certificate_for_a_key_is_told(tmp_path: Path) -> None:
    certificate, key = pair(tmp_path / "a")
    assert "found a certificate rather than a key" in next(key_pair(certificate, certificate))
    assert "PEM inputs may have been switched" in next(key_pair(key, certificate))
    assert "any PEM data in key input" in next(key_pair(certificate, ""))


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("10.0.0.1", ""),
        ("010.0.0.1", 'a: non-standard IP address "010.0.0.1" is invalid: use "10.0.0.1"'),
        ("::ffff:1.2.3.4", 'a: non-standard IP address "::ffff:1.2.3.4" is invalid: use "1.2.3.4"'),
        ("0::1", 'a: IPv6 address "0::1" should be in RFC 5952 canonical format ("::1")'),
    ],
)
def test_addresses_that_are_written_otherwise_are_told(value: str, told: str) -> None:
    assert "".join(address("a", value)) == told


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("10.0.0.0/8", ""),
        ("nothing", ""),
        (
            "10.0.0.1/8",
            'a: CIDR value "10.0.0.1/8" is ambiguous in this context '
            '(should be "10.0.0.0/8" or "10.0.0.1/32"?)',
        ),
        ("010.0.0.0/8", 'a: non-standard CIDR value "010.0.0.0/8" is invalid: use "10.0.0.0/8"'),
        (
            "2001:DB8::/32",
            'a: IPv6 CIDR value "2001:DB8::/32" should be in RFC 5952 canonical format '
            '("2001:db8::/32")',
        ),
    ],
)
def test_networks_that_are_written_otherwise_are_told(value: str, told: str) -> None:
    assert "".join(network("a", value)) == told
