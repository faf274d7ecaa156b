"""Names, label keys, ports and such: what is wrong with a text, in Kubernetes' sentences."""

import re
from functools import lru_cache

LABEL_FORM = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
SUBDOMAIN_FORM = rf"{LABEL_FORM}(\.{LABEL_FORM})*"
KEY_FORM = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
_LABEL = re.compile(LABEL_FORM)
_SUBDOMAIN = re.compile(SUBDOMAIN_FORM)
_KEY = re.compile(KEY_FORM)
_CONFIG_KEY = re.compile("[-._a-zA-Z0-9]+")
_PORT_NAME = re.compile("[-a-z0-9]+")
_PERCENT = re.compile("[0-9]+%")
_HEADER = re.compile("[-A-Za-z0-9]+")

_LABEL_SAYS = (
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', "
    "and must start and end with an alphanumeric character"
)
_SUBDOMAIN_SAYS = (
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', and must start and end with an alphanumeric character"
)
_KEY_SAYS = (
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "
    "alphanumeric character"
)
_VALUE_SAYS = (
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
    "'.', and must start and end with an alphanumeric character"
)
_CONFIG_KEY_SAYS = "a valid config key must consist of alphanumeric characters, '-', '_' or '.'"
_PERCENT_SAYS = "a valid percent string must be a numeric string followed by an ending '%'"


def pattern_sentence(says: str, form: str, *examples: str) -> str:
    """How a text should look, with examples and the pattern; the double space is Kubernetes'."""
    shown = "  or ".join(f"'{example}'," for example in examples)
    return f"{says} (e.g. {shown} regex used for validation is '{form}')"


@lru_cache(maxsize=4096)
def subdomain(value: str, unit: str = "characters") -> tuple[str, ...]:
    """A DNS subdomain: the name of most objects."""
    found = []
    if len(value) > 253:
        found.append(f"must be no more than 253 {unit}")
    if not _SUBDOMAIN.fullmatch(value):
        found.append(pattern_sentence(_SUBDOMAIN_SAYS, SUBDOMAIN_FORM, "example.com"))
    return tuple(found)


@lru_cache(maxsize=4096)
def label(value: str) -> tuple[str, ...]:
    """A DNS label: namespaces, containers, volumes, Services."""
    found = []
    if len(value) > 63:
        found.append("must be no more than 63 characters")
    if not _LABEL.fullmatch(value):
        if _SUBDOMAIN.fullmatch(value):
            found.append("must not contain dots")
        else:
            found.append(pattern_sentence(_LABEL_SAYS, LABEL_FORM, "my-name", "123-abc"))
    return tuple(found)


def path_segment(value: str) -> tuple[str, ...]:
    """Anything that can stand in a URL's path: roles and their bindings."""
    if value in (".", ".."):
        return (f"may not be '{value}'",)
    return tuple(f"may not contain '{sign}'" for sign in "/%" if sign in value)


@lru_cache(maxsize=4096)
def qualified(value: str) -> tuple[str, ...]:
    """A label key, an annotation, a finalizer: `name` or `example.com/name`."""
    key_sentence = pattern_sentence(_KEY_SAYS, KEY_FORM, "MyName", "my.name", "123-abc")
    parts = value.split("/")
    if len(parts) > 2:
        tail = " with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')"
        return (f"a valid label key {key_sentence}{tail}",)
    found = []
    if len(parts) == 2:
        if not parts[0]:
            found.append("prefix part must be non-empty")
        else:
            found += [f"prefix part {why}" for why in subdomain(parts[0], "bytes")]
    name = parts[-1]
    if not name:
        found.append("name part must be non-empty")
    elif len(name) > 63:
        found.append("name part must be no more than 63 bytes")
    if not _KEY.fullmatch(name):
        found.append(f"name part {key_sentence}")
    return tuple(found)


@lru_cache(maxsize=4096)
def label_value(value: str) -> tuple[str, ...]:
    """The value of a label."""
    found = []
    if len(value) > 63:
        found.append("must be no more than 63 bytes")
    if value and not _KEY.fullmatch(value):
        form = f"({KEY_FORM})?"
        found.append(pattern_sentence(_VALUE_SAYS, form, "MyValue", "my_value", "12345"))
    return tuple(found)


def config_key(value: str) -> list[str]:
    """A key of a ConfigMap or Secret: it can become a file's name."""
    found = []
    if len(value) > 253:
        found.append("must be no more than 253 characters")
    if not _CONFIG_KEY.fullmatch(value):
        examples = ("key.name", "KEY_NAME", "key-name")
        found.append(pattern_sentence(_CONFIG_KEY_SAYS, "[-._a-zA-Z0-9]+", *examples))
    if value in (".", ".."):
        found.append(f"must not be '{value}'")
    elif value.startswith(".."):
        found.append("must not start with '..'")
    return found


def port_number(value: int) -> list[str]:
    """A port's number."""
    return [] if 1 <= value <= 65535 else ["must be between 1 and 65535, inclusive"]


def port_name(value: str) -> list[str]:
    """A port's name."""
    found = []
    if len(value) > 15:
        found.append("must be no more than 15 characters")
    if not _PORT_NAME.fullmatch(value):
        found.append("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)")
    if not re.search("[a-z]", value):
        found.append("must contain at least one letter (a-z)")
    if "--" in value:
        found.append("must not contain consecutive hyphens")
    if value.startswith("-") or value.endswith("-"):
        found.append("must not begin or end with a hyphen")
    return found


def port(value: int | str) -> list[str]:
    """A port by number or by name."""
    return port_number(value) if isinstance(value, int) else port_name(value)


def percent(value: str) -> list[str]:
    """A share such as 25%."""
    if _PERCENT.fullmatch(value):
        return []
    return [pattern_sentence(_PERCENT_SAYS, "[0-9]+%", "1%", "93%")]


def variable(value: str) -> list[str]:
    """An environment variable's name."""
    if all(" " <= letter <= "~" and letter != "=" for letter in value):
        return []
    return [
        "a valid environment variable name must consist only of printable ASCII characters "
        "other than '='"
    ]


def header(value: str) -> list[str]:
    """An HTTP header's name."""
    if _HEADER.fullmatch(value):
        return []
    says = "a valid HTTP header must consist of alphanumeric characters or '-'"
    return [pattern_sentence(says, "[-A-Za-z0-9]+", "X-Header-Name")]
