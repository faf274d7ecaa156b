"""Which repository a URL means."""

import pytest

from gitops_lab.dialects.urls import Urls

URLS = Urls(lambda: 4711, lambda: ["web"], hosts=["172.18.0.1"])


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4711/web.git",
        "http://localhost:4711/web",
        "http://git:token@127.0.0.1:4711/web.git/",
        "http://127.3.2.1:4711/web.git",
        "http://172.18.0.1:4711/web.git",
    ],
)
def test_ours_however_it_is_written(url: str) -> None:
    assert URLS.repo_of(url) == "web"


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:4712/web.git",
        "https://127.0.0.1:4711/web.git",
        "http://git.example:4711/web.git",
        "http://127.0.0.1:4711/other.git",
        "http://127.0.0.1:nonsense/web.git",
        "git@github.com:web.git",
        "",
    ],
)
def test_somebody_elses(url: str) -> None:
    assert URLS.repo_of(url) is None


def test_the_url_of_a_repository_leads_back() -> None:
    assert URLS.repo_of(URLS.git_url("web")) == "web"
