"""What the page shows: read from the environment and from the mounted config, at each request."""

import os

Info = dict[str, str | dict[str, str]]

_GREETING = "Hello from GitOps Lab"
_MAX_FILE = 65536
_ESCAPES = {code: f"\\u{code:04x}" for code in range(32)} | {
    ord('"'): '\\"',
    ord("\\"): "\\\\",
    ord("\n"): "\\n",
    ord("\t"): "\\t",
}


def read_info() -> Info:
    """Version and colour are the image's, unless the pod sets COLOUR.

    The message is the variable MESSAGE, else the config file `message`.
    """
    config = read_config()
    return {
        "version": os.environ.get("WEB_VERSION", "dev"),
        "colour": os.environ.get("COLOUR") or os.environ.get("WEB_COLOUR", "grey"),
        "message": os.environ.get("MESSAGE") or config.get("message", _GREETING).strip(),
        "pod": os.environ.get("HOSTNAME", ""),
        "config": config,
    }


def read_config() -> dict[str, str]:
    """Each file of the mounted folder by its name: $CONFIG_DIR, else /etc/web.

    Where volumes are mounted elsewhere, GITOPS_LAB_MOUNT_ROOT names the folder that stands for /.
    """
    root = os.environ.get("GITOPS_LAB_MOUNT_ROOT", "")
    folder = root + os.environ.get("CONFIG_DIR", "/etc/web")
    try:
        names = sorted(name for name in os.listdir(folder) if not name.startswith("."))
    except OSError:
        return {}
    return {name: text for name in names if (text := _text_of(f"{folder}/{name}")) is not None}


def _text_of(path: str) -> str | None:
    try:
        with open(path, "rb") as file:
            return file.read(_MAX_FILE).decode("utf-8", "replace")
    except OSError:  # a folder, or replaced just now
        return None


def to_json(value: str | Info | dict[str, str]) -> str:
    """JSON of texts and dicts. The json module alone would take a quarter of the start."""
    if isinstance(value, str):
        return f'"{value.translate(_ESCAPES)}"'
    return "{" + ", ".join(f"{to_json(k)}: {to_json(v)}" for k, v in value.items()) + "}"
