"""The gating strategy of a tube as one offline page: its plots, and beneath them every count as a table.

The page is static: it runs nothing, asks nothing of any network, and says so to the browser. Its plots flow
into as many columns as there is room for, and it goes dark when the reader's screen does.
"""

from __future__ import annotations

from html import escape

from remnant.cytometry import GateCount, GatingStrategy
from remnant.figures.strategy import LEGEND_WIDTH, explain, headline, legend, plots_of
from remnant.figures.strategy_ink import clean, fonts, share, style
from remnant.figures.strategy_plot import WIDTH
from remnant.figures.theme import FONT

_NOTICE = "For research use only; not a medical device."
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_STYLE = f"""
:root {{ color-scheme: light dark; --page: #fff; --ink: #1d2733; --muted: #5f6b78; --line: #dfe4e9; }}
@media (prefers-color-scheme: dark) {{
  :root {{ --page: #12161b; --ink: #e4e8ec; --muted: #9aa6b2; --line: #2d3742; }}
}}
* {{ box-sizing: border-box; }}
body {{ margin: 0 auto; max-width: 88rem; padding: 2rem clamp(1rem, 3vw, 2.5rem) 3rem; color: var(--ink);
  background: var(--page); font: 15px/1.5 {FONT}; }}
h1 {{ font-size: 1.5rem; line-height: 1.25; margin: 0 0 .3rem; overflow-wrap: anywhere; }}
h2 {{ font-size: 1.1rem; margin: 2rem 0 .5rem; }}
p {{ margin: 0 0 .5rem; max-width: 52rem; color: var(--muted); overflow-wrap: anywhere; }}
.plots {{ display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), {WIDTH}px));
  gap: 1rem 1.4rem; align-items: start; margin: 1rem 0 0; padding: 0; list-style: none; }}
.plots svg, .legend {{ display: block; max-width: 100%; height: auto; }}
.scroll {{ overflow-x: auto; }}
table {{ border-collapse: collapse; font-size: .9rem; min-width: 60%; font-variant-numeric: tabular-nums; }}
th, td {{ padding: .3rem 1.2rem .3rem 0; border-bottom: 1px solid var(--line); text-align: left;
  vertical-align: top; overflow-wrap: anywhere; }}
thead th {{ color: var(--muted); font-weight: 600; }}
tbody th {{ font-weight: 600; }}
.n {{ text-align: right; white-space: nowrap; }}
@media print {{
  body {{ max-width: none; padding: 0; }}
  .plots li, tr {{ break-inside: avoid; }}
}}
"""


def draw_page(strategy: GatingStrategy) -> str:
    """Draw a strategy as one HTML file that needs nothing else.

    Parameters
    ----------
    strategy : GatingStrategy
        As `prepare_strategy` returns it.

    Returns
    -------
    str
        The same strategy gives the same bytes.
    """
    title = clean(headline(strategy))
    night = f"@media screen and (prefers-color-scheme: dark){{{style('night')}}}"
    plots = "".join(
        f'<li><svg role="img" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" {fonts()}>'
        f"{content}</svg></li>\n"
        for content, height in plots_of(strategy)
    )
    notes = "".join(f"<p>{clean(note)}.</p>\n" for note in strategy.notes)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(_POLICY)}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>{_STYLE}{style()}{night}</style>\n</head>\n<body>\n"
        f"<h1>{title}</h1>\n<p>{clean(explain(strategy))}</p>\n"
        f'<svg class="legend" aria-hidden="true" viewBox="0 0 {LEGEND_WIDTH} 16" width="{LEGEND_WIDTH}" '
        f'height="16" {fonts()}>{legend()}</svg>\n'
        f'<ul class="plots">\n{plots}</ul>\n{_table(strategy)}{notes}<p>{_NOTICE}</p>\n</body>\n</html>\n'
    )


def _table(strategy: GatingStrategy) -> str:
    """Write every count; a gate that is not evaluable says why in place of its numbers."""
    rules = {joined.count.gate: joined.rule for joined in strategy.joined}
    rows = "".join(f"<tr>{_row(count, rules.get(count.gate, ''))}</tr>\n" for count in strategy.counts)
    numbers = "".join(f'<th scope="col" class="n">{name}</th>' for name in _NUMBERS)
    return (
        "<h2>Counts</h2>\n"
        '<div class="scroll" tabindex="0" role="region" aria-label="Counts">\n<table>\n'
        f'<thead><tr><th scope="col">Gate</th><th scope="col">Of</th>{numbers}'
        '<th scope="col">Remark</th></tr></thead>\n'
        f"<tbody>\n{rows}</tbody>\n</table>\n</div>\n"
    )


_NUMBERS = ("Events", "Evaluable", "Not evaluable", "Of evaluable")


def _row(count: GateCount, rule: str) -> str:
    name = f'<th scope="row">{clean(count.gate)}</th><td>{clean(count.parent)}</td>'
    if count.reason:
        return f'{name}<td colspan="{len(_NUMBERS)}">not evaluable</td><td>{clean(count.reason)}</td>'
    counts = (f"{number:,}" for number in (count.events, count.evaluable, count.not_evaluable))
    cells = (*counts, share(count.events, count.evaluable))
    return name + "".join(f'<td class="n">{cell}</td>' for cell in cells) + f"<td>{clean(rule)}</td>"
