"""Which repository a URL means."""

import pytest

from gitops_lab.dialects.urls import Urls

URLS = Urls(lambda: 4321, lambda: ["web"], ["172.18.0.1"])


@pytest.mark.parametrize(
    ("url", "repo"),
    [
        ("http://127.0.0.1:4321/web.git", "web"),
        ("http://127.0.0.1:4321/web", "web"),
        ("http://learner:secret@localhost:4321/web.git", "web"),
        ("http://172.18.0.1:4321/web.git", "web"),
        ("http://git.gitops-lab/web.git", "web"),
        ("http://git.gitops-lab:4321/web.git", "web"),
        ("http://git.gitops-lab:1/web.git", None),
        ("http://127.0.0.1:1/web.git", None),
        ("http://127.0.0.1/web.git", None),
        ("http://127.0.0.1:4321/shop.git", None),
        ("https://127.0.0.1:4321/web.git", None),
        ("http://example.org:4321/web.git", None),
        ("git@127.0.0.1:web.git", None),
    ],
)
def test_a_url_means_a_repository_of_the_workspace_or_none(url, repo):
    assert URLS.repo_of(url) == repo


def test_a_repository_is_cloned_at_this_machines_address():
    assert URLS.git_url("web") == "http://127.0.0.1:4321/web.git"
