"""The page: one screen in the release's colour, which keeps itself up to date."""

from info import Info, to_json  # type: ignore[import-not-found]

_COLOURS = {
    "blue": "#1d4ed8",
    "green": "#15803d",
    "purple": "#7e22ce",
    "orange": "#c2410c",
    "red": "#b91c1c",
    "teal": "#0f766e",
    "pink": "#be185d",
    "grey": "#475569",
}

_PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>web @VERSION@</title>
<style>
  * { box-sizing: border-box; margin: 0 }
  body { min-height: 100vh; display: grid; place-items: center; padding: 1.5rem; color: #fff;
         background: var(--colour); transition: background .4s;
         font: 1rem/1.5 system-ui, sans-serif }
  main { width: min(34rem, 100%); text-align: center }
  h1 { font-size: clamp(4rem, 20vw, 9rem); line-height: 1; letter-spacing: -.04em }
  #message { font-size: 1.35rem; margin: .75rem 0 2rem; overflow-wrap: anywhere }
  dl { display: grid; grid-template-columns: auto 1fr; gap: .35rem 1rem; text-align: left;
       padding: 1rem 1.25rem; border-radius: .75rem; background: rgb(0 0 0 / .28) }
  dt { opacity: .85 }
  dd { font-family: ui-monospace, monospace; overflow-wrap: anywhere; white-space: pre-wrap }
  #live { margin-top: 1.25rem; font-size: .85rem; opacity: .9 }
</style>
<body style="--colour: @COLOUR@">
<main>
  <h1 id="version">@VERSION@</h1>
  <p id="message">@MESSAGE@</p>
  <dl id="facts">@FACTS@</dl>
  <p id="live" role="status">live</p>
</main>
<script>
  const colours = @COLOURS@, at = id => document.getElementById(id);
  const row = (name, value) => {
    const pair = [document.createElement("dt"), document.createElement("dd")];
    pair[0].textContent = name; pair[1].textContent = value;
    return pair;
  };
  async function refresh() {
    if (document.hidden) return;
    try {
      const info = await (await fetch("/api/info?live", { cache: "no-store" })).json();
      document.title = "web " + info.version;
      document.body.style.setProperty("--colour", colours[info.colour] || info.colour);
      at("version").textContent = info.version;
      at("message").textContent = info.message;
      at("facts").replaceChildren(...row("pod", info.pod), ...row("colour", info.colour),
        ...Object.entries(info.config).flatMap(([name, value]) => row(name, value)));
      at("live").textContent = "live";
    } catch (problem) {
      at("live").textContent = "no answer; trying again";
    }
  }
  setInterval(refresh, 700);
</script>
"""


def render(info: Info) -> str:
    """The page for what `info.read_info` gave."""
    config = info["config"]
    facts = {"pod": info["pod"], "colour": info["colour"]}
    facts.update(config if isinstance(config, dict) else {})
    rows = "".join(f"<dt>{_html(k)}</dt><dd>{_html(v)}</dd>" for k, v in facts.items())
    colour = str(info["colour"])
    values = {
        "@COLOURS@": to_json(_COLOURS),
        "@VERSION@": _html(info["version"]),
        "@COLOUR@": _html(_COLOURS.get(colour, colour)),
        "@FACTS@": rows,
        "@MESSAGE@": _html(info["message"]),
    }
    page = _PAGE
    for mark, value in values.items():
        page = page.replace(mark, value)
    return page


def _html(text: object) -> str:
    escaped = str(text).replace("&", "&amp;").replace("<", "&lt;")
    return escaped.replace('"', "&quot;").replace("@", "&#64;")
