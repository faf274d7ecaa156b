"""A recording as an animated picture: an SVG that moves by CSS alone.

Each row of text is there once. A curtain hides what is not written yet and jumps along with the
writing; the rows move up behind the window. So the file stays small, needs no script and no font
from anywhere, and can be selected and searched. Who wants no motion sees how it ends.
"""

from html import escape

from gitops_lab.cli.recorded import Recording
from gitops_lab.cli.screen import Moment, Row, Screen, Style, plain, runs, thinned

_WIDE, _HIGH = 8.4, 19.0
_PAD = 16
_BAR = 30
_GAP = 0.05
_REST = 6.0
"""Seconds for which the end stays, before it begins again."""
_COLOURS = ("#aab6c4", "#ffaab0", "#8ee2ad", "#f5cd87", "#9db8ff", "#e3b3ff", "#8fd3ff", "#e8edf3")
_FONTS = "ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace"


def animated(recording: Recording) -> str:
    """The SVG."""
    columns, lines = recording.size
    screen, last, now = Screen(columns), 0.0, 0.0
    for at, data in recording.output:
        now += min(at - last, recording.most_pause)
        last = at
        screen.write(now, data)
    while len(screen.rows) > 1 and not screen.rows[-1]:
        screen.rows.pop()
    moments, whole = thinned(screen.moments, _GAP), now + _REST
    inner = (columns * _WIDE, lines * _HIGH)
    size = (inner[0] + 2 * _PAD, inner[1] + 2 * _PAD + _BAR)
    up = _up(len(screen.rows) - 1, lines)
    title = escape(plain(recording.title))
    rows = "\n".join(_row(number, row) for number, row in enumerate(screen.rows) if row)
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size[0]:g} {size[1]:g}" \
role="img" aria-labelledby="title">
<title id="title">{title}: played in a terminal</title>
<style>
text {{ font: 14px {_FONTS}; fill: #e8edf3; white-space: pre; }}
.b {{ font-weight: bold; }}
{_colours()}
.rows {{ animation: rows {whole:.2f}s step-end infinite; }}
.curtain {{ animation: curtain {whole:.2f}s step-end infinite; }}
@keyframes rows {{
{_keyframes([(m.at, f"0,{-_up(m.row, lines):g}px") for m in moments], whole)}
}}
@keyframes curtain {{
{_keyframes([(m.at, _place(m)) for m in moments], whole)}
}}
@media (prefers-reduced-motion: reduce) {{
.rows {{ animation: none; transform: translate(0,{-up:g}px); }} .curtain {{ display: none; }}
}}
</style>
<rect width="100%" height="100%" rx="8" fill="#12161c"/>
<g fill="#3a4552"><circle cx="22" cy="20" r="6"/><circle cx="42" cy="20" r="6"/>\
<circle cx="62" cy="20" r="6"/></g>
<text x="{size[0] / 2:g}" y="25" text-anchor="middle" class="c0">{title}</text>
<svg x="{_PAD}" y="{_PAD + _BAR}" width="{inner[0]:g}" height="{inner[1]:g}">
<g class="rows">
{rows}
<g class="curtain">{_curtain(inner[0], (len(screen.rows) + lines) * _HIGH)}</g>
</g>
</svg>
</svg>
"""


def _up(row: int, lines: int) -> float:
    """How far the rows have moved up when that one is written, with a free one below it."""
    return max(0, row + 2 - lines) * _HIGH


def _place(moment: Moment) -> str:
    return f"{moment.column * _WIDE:g}px,{moment.row * _HIGH:g}px"


def _keyframes(places: list[tuple[float, str]], whole: float) -> str:
    """A rule for each change of place."""
    told = ""
    frames: list[str] = []
    for at, place in places:
        if place != told or not frames:
            share = at / whole * 100 if frames else 0.0
            frames.append(f"{share:.3f}%{{transform:translate({place})}}")
            told = place
    return "\n".join(frames)


def _curtain(wide: float, high: float) -> str:
    """Hides the rest of a line and all lines below it; a cursor stands at its corner."""
    path = f"M0 0H{wide:g}V{high:g}H{-wide:g}V{_HIGH:g}H0Z"
    cursor = f'<rect y="2" width="{_WIDE}" height="{_HIGH - 3:g}" fill="#8fd3ff"/>'
    return f'<path d="{path}" fill="#12161c"/>{cursor}'


def _row(number: int, row: Row) -> str:
    parts = list(runs(row))
    length = sum(len(text) for text, _ in parts)
    if not length:
        return ""
    spans = "".join(_span(text, style) for text, style in parts)
    y = number * _HIGH + 14
    return f'<text y="{y:g}" textLength="{length * _WIDE:.1f}">{spans}</text>'


def _span(text: str, style: Style) -> str:
    colour = 0 if style.dim and style.colour < 0 else style.colour
    names = [f"c{colour}"] if colour >= 0 else []
    names += ["b"] if style.bold else []
    told = escape(text, quote=False)
    return f'<tspan class="{" ".join(names)}">{told}</tspan>' if names else told


def _colours() -> str:
    return "\n".join(f".c{number} {{ fill: {colour}; }}" for number, colour in enumerate(_COLOURS))
