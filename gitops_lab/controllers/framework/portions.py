"""Numbers that are given as such or in percent. Pure."""


def scaled_value(value: int | str | None, count: int, *, up: bool) -> int:
    """An int-or-percent of `count`; percentages round up or down."""
    if isinstance(value, str) and value.endswith("%"):
        share = int(value[:-1]) * count
        return -(-share // 100) if up else share // 100
    return int(value or 0)
