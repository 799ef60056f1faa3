"""The style sheet of the HTML report: light, dark and on paper, from a phone's width upwards."""

from __future__ import annotations

__all__ = ["DARK", "LIGHT", "STYLE"]

LIGHT = {
    "page": "#f5f6f8",
    "card": "#ffffff",
    "ink": "#171b26",
    "soft": "#535b6e",
    "line": "#dde1e9",
    "track": "#eceff4",
    "link": "#1d4fc4",
    "area": "#3b6fe0",
    "fail": "#b3171f",
    "fail-bg": "#fdecec",
    "warn": "#864c00",
    "warn-bg": "#fdf3dc",
    "info": "#3a4a8c",
    "info-bg": "#ebeffc",
    "pass": "#116133",
    "pass-bg": "#e5f6ec",
}
DARK = {
    "page": "#0f1218",
    "card": "#181c25",
    "ink": "#e9ecf3",
    "soft": "#a3abbd",
    "line": "#2c3342",
    "track": "#262c39",
    "link": "#8fb3ff",
    "area": "#6b96f5",
    "fail": "#ff9a97",
    "fail-bg": "#3a1a1d",
    "warn": "#f5c066",
    "warn-bg": "#352811",
    "info": "#a9bcff",
    "info-bg": "#1f2743",
    "pass": "#74d69a",
    "pass-bg": "#12301f",
}


def _variables(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--page);color:var(--ink);
 font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue",sans-serif;
 font-variant-numeric:tabular-nums;overflow-wrap:anywhere}
main,header,footer{max-width:72rem;margin:0 auto;padding:0 1.25rem}
a{color:var(--link)}
h1,h2,h3{line-height:1.25;margin:0;text-wrap:pretty}
h2{font-size:1.25rem;margin:2.5rem 0 .8rem}
h3{font-size:1.02rem}
p{margin:0}
code,.mono{font-family:ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;
 font-size:.875em}
.list thead th{overflow-wrap:normal}
.verdict>div,.times dt,.ends bdi{min-width:0}
.soft{color:var(--soft)}
.skip{position:absolute;left:-999rem;top:0;background:var(--card);padding:.6rem 1rem;z-index:2}
.skip:focus{left:0}
:focus-visible{outline:3px solid var(--link);outline-offset:2px;border-radius:4px}
.unseen{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);
 white-space:nowrap}
.brand{display:flex;gap:.6rem;align-items:baseline;padding:1.5rem 0 1rem;color:var(--soft)}
.brand .subject{margin-left:auto;text-align:right}
.brand b,.brand span{flex:none}
.brand b{color:var(--ink);letter-spacing:-.01em}
.card{background:var(--card);border:1px solid var(--line);border-radius:14px}
.fail{--tone:var(--fail);--tint:var(--fail-bg)}
.warn{--tone:var(--warn);--tint:var(--warn-bg)}
.info{--tone:var(--info);--tint:var(--info-bg)}
.pass{--tone:var(--pass);--tint:var(--pass-bg)}
.verdict{display:flex;gap:1.1rem;align-items:flex-start;padding:1.5rem;
 border-left:6px solid var(--tone)}
.verdict .mark{flex:none;width:2.75rem;height:2.75rem;border-radius:50%;font-size:1.4rem;
 display:grid;place-items:center;background:var(--tint);color:var(--tone);font-weight:700}
.verdict .word{color:var(--tone);font-weight:700;font-size:.95rem}
.verdict h1{font-size:1.6rem;margin:.1rem 0 .35rem;letter-spacing:-.015em}
.figures{display:grid;grid-template-columns:repeat(auto-fit,minmax(8.75rem,1fr));gap:.75rem;
 margin:.75rem 0 0;padding:0}
.figures div{padding:.8rem 1rem}
.figures dt{color:var(--soft);font-size:.85rem}
.figures dd{margin:0;font-size:1.35rem;font-weight:650;letter-spacing:-.03em;line-height:1.3;
 white-space:nowrap}
.figures .fail dd,.figures .warn dd{color:var(--tone)}
nav ul{display:flex;flex-wrap:wrap;gap:.3rem 1.1rem;list-style:none;margin:1rem 0 0;padding:0;
 font-size:.92rem}
.listed{overflow:hidden}
.list{width:100%;border-collapse:separate;border-spacing:0;font-size:.92rem}
.list caption,.rows caption{text-align:left}
.list caption{padding:.9rem 1rem;color:var(--soft);font-size:.88rem}
.list th,.list td{padding:.6rem .55rem;border-top:1px solid var(--line);text-align:right;
 vertical-align:top}
.list td{white-space:nowrap}
.list td.checks{white-space:normal}
.list thead th{font-size:.82rem;font-weight:600;color:var(--soft);vertical-align:bottom}
.list th:first-child,.list td.where,.list th.where,.list td.checks,.list th.checks{text-align:left}
.list th:first-child{padding-left:1rem}
.list td:last-child,.list th:last-child{padding-right:1rem}
.list tbody th{font-weight:600;min-width:11rem}
.named{display:flex;align-items:flex-start}
.named .dot{flex:none;margin-top:.1rem}
.list tbody th small{display:block;font-weight:400;color:var(--soft);font-size:.82rem}
.list .zero{color:var(--soft)}
.list td.fail,.list td.warn{color:var(--tone);font-weight:650}
.list button{all:unset;cursor:pointer;border-radius:4px}
.list button:focus-visible{outline:3px solid var(--link);outline-offset:2px}
.list button::after{content:"\\a0\\2195";opacity:.55}
.list [aria-sort=ascending] button::after{content:"\\a0\\2191";opacity:1}
.list [aria-sort=descending] button::after{content:"\\a0\\2193";opacity:1}
.dot{display:inline-grid;place-items:center;width:1.25rem;height:1.25rem;border-radius:50%;
 background:var(--tint);color:var(--tone);font-size:.75rem;font-weight:700;margin-right:.5rem;
 vertical-align:.05rem}
.where{width:12.5rem}
.strip{min-width:9rem}
.strip svg{display:block;width:100%;height:20px;border-radius:3px;overflow:hidden}
.track{fill:var(--track)}
.bars{fill:var(--fail)}
.ends{display:flex;justify-content:space-between;gap:.5rem;color:var(--soft);font-size:.74rem}
.chip{display:inline-block;background:var(--tint);color:var(--tone);border-radius:99px;
 padding:.08rem .6rem;font-size:.8rem;font-weight:600;white-space:nowrap;margin:0 .25rem .25rem 0}
.finding{padding:1.1rem 1.25rem;margin:0 0 .75rem;border-left:5px solid var(--tone)}
.finding .says{margin:.15rem 0 0}
.finding .says b{color:var(--tone)}
.finding h3 code{font-size:.95em}
.finding .kind{float:right;margin-left:.75rem}
.fix{margin:.75rem 0 0;padding:.6rem .8rem;background:var(--track);border-radius:8px;
 font-size:.93rem}
.fix b{margin-right:.4rem}
.rows{width:100%;border-collapse:collapse;margin:.75rem 0 0;font-size:.9rem}
.rows caption{color:var(--soft);font-size:.85rem;padding-bottom:.25rem}
.rows th,.rows td{text-align:left;padding:.28rem .75rem .28rem 0;vertical-align:top;
 border-top:1px solid var(--line);font-weight:400}
.rows thead th{color:var(--soft);font-size:.8rem;border-top:0}
.rows tbody th{width:30%}
.keys{display:flex;flex-wrap:wrap;gap:.3rem .9rem;margin:.4rem 0 0;padding:0;list-style:none}
.same{margin:.75rem 0 0;font-size:.93rem}
.more{margin:.5rem 0 0;color:var(--soft);font-size:.88rem}
.throughput{margin:0;padding:1.1rem 1.25rem}
.throughput figcaption{color:var(--soft);font-size:.92rem;margin-bottom:.75rem}
.plot{display:grid;grid-template-columns:auto 1fr;gap:.15rem .6rem}
.plot svg{display:block;width:100%;height:9rem}
.plot .y{display:flex;flex-direction:column;justify-content:space-between;text-align:right}
.plot .x{grid-column:2;display:flex;justify-content:space-between}
.plot .x,.plot .y{color:var(--soft);font-size:.78rem}
.area{fill:var(--area)}
.grid{stroke:var(--line);fill:none;vector-effect:non-scaling-stroke}
.times{font-size:.94rem;display:grid;gap:.25rem 1.75rem;
 grid-template-columns:repeat(auto-fill,minmax(16rem,1fr));margin:0;padding:1rem 1.25rem}
.times div{display:flex;flex-wrap:wrap;gap:0 .5rem;padding:.25rem 0;
 border-bottom:1px solid var(--line)}
.times dt{color:var(--soft)}
.times dd{margin:0 0 0 auto;white-space:nowrap}
.card+.times{margin-top:.75rem}
.remark{padding:1rem 1.25rem;margin:0 0 .75rem}
.remark ul{margin:.5rem 0 0;padding:0 0 0 1.1rem;font-size:.93rem}
.remark li{margin:.2rem 0}
footer{color:var(--soft);font-size:.85rem;padding-top:2.5rem;padding-bottom:3rem}
@media screen and (max-width:47rem){
 body{font-size:15px}
 main,header,footer{padding-left:.9rem;padding-right:.9rem}
 .verdict{padding:1.1rem;gap:.85rem}
 .verdict .mark{width:2.2rem;height:2.2rem;font-size:1.1rem}
 .verdict h1{font-size:1.25rem}
 .figures{grid-template-columns:repeat(2,1fr);gap:.5rem}
 .figures dd{font-size:1.25rem}
 .figures div{padding:.6rem .8rem}
 .list,.list tbody,.list caption,.list tr{display:block}
 .list thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
 .sorts .list thead{position:static;width:auto;height:auto;clip-path:none;display:block}
 .sorts .list thead tr{display:flex;flex-wrap:wrap;gap:.35rem;padding:0 1rem .8rem}
 .sorts .list thead th{border:1px solid var(--line);border-radius:99px;padding:.1rem .65rem}
 .list tbody tr{display:grid;grid-template-columns:repeat(3,1fr);gap:.5rem .75rem;
  padding:.9rem 1rem;border-top:1px solid var(--line)}
 .list tbody tr>*{border:0;padding:0!important;text-align:left;min-width:0}
 .list thead th{width:auto!important}
 .list tbody th,.list td.where,.list td.checks{grid-column:1/-1;width:auto}
 .list tbody td::before{content:attr(data-label);display:block;color:var(--soft);
  font-size:.76rem;font-weight:400}
 .list tbody td.nowhere,.list tbody td.none{display:none}
 .finding{padding:.95rem 1rem}
 .finding .kind{float:none;margin:0 0 .4rem}
 .rows tbody th{width:42%}
}
@media print{
 :root{LIGHT;color-scheme:light}
 html{font-size:8pt}
 body{background:#fff;font-size:1rem}
 main,header,footer{max-width:none;padding:0}
 .verdict{padding:.8rem}
 .figures{grid-template-columns:repeat(auto-fit,minmax(8rem,1fr));gap:.4rem}
 .figures div{padding:.4rem .6rem}
 .list th,.list td{padding:.3rem .35rem}
 .strip svg{height:1.4rem}
 .finding{padding:.6rem .8rem;margin-bottom:.5rem}
 h2{margin-top:1.5rem}
 .skip,nav,.list button::after{display:none}
 .card{border-radius:4px}
 .finding,.list tr,.figures,.verdict,figure{break-inside:avoid}
 h2,h3,caption{break-after:avoid}
 *{-webkit-print-color-adjust:exact;print-color-adjust:exact}
}
"""

STYLE = (
    f":root{{color-scheme:light dark;{_variables(LIGHT)}}}"
    f"@media (prefers-color-scheme:dark){{:root{{{_variables(DARK)}}}}}"
    + _RULES.replace(":root{LIGHT;", f":root{{{_variables(LIGHT)};").replace("\n ", " ")
)
