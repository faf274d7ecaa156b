import pytest

from gitops_lab.engine.render.expressions import BadExpression, NotSet, expand

KNOWN = {"name": "shop", "env": "prod", "empty": "", "path": "a/b/c.tar.gz", "Cap": "aBC"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", "plain"),
        ("${name}", "shop"),
        ("x-${name}-${env}!", "x-shop-prod!"),
        ("$name $ 5$", "$name $ 5$"),
        ("$${name}", "${name}"),
        ("$${name:=x} ${name}", "${name:=x} shop"),
        ("${none:=d}", "d"),
        ("${none:-d}", "d"),
        ("${none=d}", "d"),
        ("${none:=}", ""),
        ("${name:=d}", "shop"),
        ("${empty:=d}", "d"),
        ("${none:=${env}}", "prod"),
        ("${none:=a ${also:=b} c}", "a b c"),
        ("${#name}", "4"),
        ("${name^}", "Shop"),
        ("${name^^}", "SHOP"),
        ("${Cap,}", "aBC"),
        ("${Cap,,}", "abc"),
        ("${name:1}", "hop"),
        ("${name:1:2}", "ho"),
        ("${name:9}", ""),
        ("${path#*/}", "b/c.tar.gz"),
        ("${path##*/}", "c.tar.gz"),
        ("${path%.*}", "a/b/c.tar"),
        ("${path%%.*}", "a/b/c"),
        ("${path#x}", "a/b/c.tar.gz"),
        ("${name/s/S}", "Shop"),
        ("${path//\\//-}", "a/b/c.tar.gz"),
        ("${path/a/}", "/b/c.tar.gz"),
        ("${name//o/0}", "sh0p"),
        ("${name/#sh/dr}", "drop"),
        ("${name/%op/ip}", "ship"),
        ("${name/#x/y}", "shop"),
    ],
)
def test_an_expression_stands_for(text, expected):
    assert expand(text, KNOWN) == expected


def test_a_variable_that_nobody_sets_is_named():
    with pytest.raises(NotSet, match="none"):
        expand("a ${none} b", KNOWN)
    assert expand("a ${none} b", KNOWN, strict=False) == "a  b"


@pytest.mark.parametrize(
    "text", ["${name", "${1a}", "${}", "${name:x}", "${name@}", "${name/}", "${a.b}", "${name:-1:x"]
)
def test_what_is_no_expression_is_refused(text):
    with pytest.raises(BadExpression):
        expand(text, KNOWN)


def test_nesting_ends_somewhere():
    with pytest.raises(BadExpression, match="deep"):
        expand("${a:=" * 20 + "x" + "}" * 20, {})
