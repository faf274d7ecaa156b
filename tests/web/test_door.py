"""Who gets in, what is refused, and what the answers carry."""

from urllib.parse import urlsplit

import pytest

from tests.waiting import eventually
from tests.web.conftest import Running


@pytest.fixture(scope="module")
def cookie(running: Running) -> str:
    return running.enter()


def test_the_link_is_changed_for_a_cookie_and_the_key_is_gone(running: Running) -> None:
    answer = running.ask(f"/?{urlsplit(running.link).query}&app=gitops%2Fweb")
    assert answer.status == 303
    assert answer.headers["Location"] == f"{running.base}/?app=gitops%2Fweb"
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.lower()
    assert f"Path={running.base}" in cookie


def test_neither_the_link_nor_the_cookie_tells_the_workspace_token(
    running: Running, cookie: str
) -> None:
    token = (running.line.home / "workspaces" / "first-sync" / "token").read_text()
    assert token not in running.link + cookie


@pytest.mark.parametrize("path", ["/", "/events", "/notes", "/static/page.js", "/?key=wrong"])
def test_without_the_cookie_nothing_is_told(running: Running, path: str) -> None:
    answer = running.ask(path)
    assert answer.status == 401
    assert "web" not in answer.body
    assert running.ask(path, Cookie="gitops_lab_page=wrong").status == 401


def test_a_foreign_name_that_points_here_is_refused(running: Running, cookie: str) -> None:
    assert running.ask("/", Cookie=cookie, Host="evil.example").status == 421
    assert running.ask("/", Cookie=cookie, Host=f"localhost:{running.port}").status == 200


@pytest.mark.parametrize(
    "headers",
    [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec_Fetch_Site": "cross-site"}],
)
def test_a_form_of_another_site_is_refused(
    running: Running, cookie: str, headers: dict[str, str]
) -> None:
    form = _form(running, cookie)
    body = f"form={form}&verb=suspend&app=gitops%2Fweb"
    assert running.ask("/do", "POST", body, Cookie=cookie, **headers).status == 403


def test_a_form_without_its_secret_is_refused(running: Running, cookie: str) -> None:
    origin = f"http://127.0.0.1:{running.port}"
    body = "verb=suspend&app=gitops%2Fweb"
    assert running.ask("/do", "POST", body, Cookie=cookie, Origin=origin).status == 403


def test_an_unknown_verb_or_a_huge_form_is_refused(running: Running, cookie: str) -> None:
    origin = f"http://127.0.0.1:{running.port}"
    form = _form(running, cookie)
    body = f"form={form}&verb=destroy&app=gitops%2Fweb"
    assert running.ask("/do", "POST", body, Cookie=cookie, Origin=origin).status == 400
    assert running.ask("/do", "POST", "x" * 9000, Cookie=cookie, Origin=origin).status == 413


def test_every_answer_forbids_inline_scripts_and_outside_requests(
    running: Running, cookie: str
) -> None:
    for answer in (running.ask("/", Cookie=cookie), running.ask("/")):
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    "query", ["at=nonsense", "at=-5", "at=1e99", "app=nope", "node=x", "node=a%2Fb%2Fc%2Fd%2Fe"]
)
def test_an_address_that_makes_no_sense_shows_the_page(
    running: Running, cookie: str, query: str
) -> None:
    answer = running.ask(f"/?{query}", Cookie=cookie)
    assert answer.status == 200
    assert "From commit" in answer.body or "from commit" in answer.body


def test_only_the_files_of_the_page_are_served(running: Running, cookie: str) -> None:
    assert running.ask("/static/page.css", Cookie=cookie).status == 200
    assert running.ask("/static/..%2F__init__.py", Cookie=cookie).status == 404


def test_a_secret_shows_stars(running: Running, cookie: str) -> None:
    metadata = {"name": "key", "namespace": "web"}
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}
    running.cluster.create({**secret, "stringData": {"password": "hunter2"}})
    body = running.ask("/?node=main%2F%2FSecret%2Fweb%2Fkey", Cookie=cookie).body
    assert "password: &#39;***&#39;" in body
    assert "aHVudGVyMg" not in body


def _form(running: Running, cookie: str) -> str:
    """The secret of the forms, which come with the lab: a page just opened still reads it."""

    def secret() -> str:
        body = running.ask("/", Cookie=cookie).body
        return body.split('name="form" value="')[1].split('"')[0]

    return eventually(secret)
