/** The style of the page; its colours follow the reader's. */
export const STYLE = `
:root {
  color-scheme: light dark;
  --back: #f6f7f9; --card: #fff; --text: #1d2430; --soft: #667085; --line: #e4e7ec;
  --good: #12805c; --bad: #c4320a; --job: #0e9384;
  --p1: #98a2b3; --p2: #2e90fa; --p3: #7a5af8; --p4: #dd2590; --p5: #16b364; --p6: #f79009; --p7: #667085;
}
@media (prefers-color-scheme: dark) {
  :root {
    --back: #0f1318; --card: #181d25; --text: #e8ebf0; --soft: #94a0b3; --line: #2a313c;
    --good: #47cd89; --bad: #f97066; --job: #2ed3b7;
    --p1: #667085; --p2: #53b1fd; --p3: #9b8afb; --p4: #f670c7; --p5: #3ccb7f; --p6: #fdb022; --p7: #98a2b3;
  }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1100px; margin: 0 auto; padding: 2.5rem 1.25rem 4rem; }
h1 { margin: 0; font-size: 1.7rem; letter-spacing: -.02em; }
h2 { margin: 0 0 .9rem; font-size: 1.05rem; }
h3 { margin: .8rem 0 .1rem; font: 600 .8rem ui-monospace, monospace; color: var(--soft); }
header p { margin: .2rem 0 0; color: var(--soft); overflow-wrap: anywhere; }
header .verdict { float: right; padding: .3rem .9rem; border-radius: 99px; font-weight: 600; color: #fff; background: var(--good); }
header .verdict.not { background: var(--bad); }
@media (prefers-color-scheme: dark) { header .verdict { color: #0f1318; } }
section { margin-top: 1.25rem; padding: 1.25rem 1.4rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
section.problems { border-color: var(--bad); }
section.problems li { color: var(--bad); }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: .8rem; margin-top: 1.5rem; }
.tiles div { padding: .9rem 1.1rem; background: var(--card); border: 1px solid var(--line); border-radius: 12px; }
.tiles b { display: block; font-size: 1.45rem; letter-spacing: -.02em; font-variant-numeric: tabular-nums; }
.tiles span { color: var(--soft); font-size: .82rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(340px, 1fr)); gap: 0 1.25rem; }
.row { display: grid; grid-template-columns: 9.5rem 1fr 4.6rem; gap: .8rem; align-items: center; min-height: 1.35rem; font-size: .82rem; }
.row > :first-child { white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.row > :last-child { text-align: right; color: var(--soft); font-variant-numeric: tabular-nums; }
.row small { color: var(--soft); }
.track { position: relative; height: 1.35rem; background: linear-gradient(to right, var(--line) 1px, transparent 1px) 0 0 / var(--step) 100%; }
.track i { position: absolute; top: .3rem; height: .75rem; min-width: 3px; border-radius: 3px; overflow: hidden; font-style: normal; }
.axis .track { background: none; }
.axis em { position: absolute; font-style: normal; font-size: .72rem; color: var(--soft); transform: translateX(-50%); white-space: nowrap; }
.axis em:first-child { transform: none; }
.timeline > .row:nth-child(2), .timeline > .row:nth-child(3) { min-height: 1.8rem; font-weight: 600; }
.timeline > .row:nth-child(2) .track, .timeline > .row:nth-child(3) .track { height: 1.8rem; }
.timeline > .row:nth-child(2) i, .timeline > .row:nth-child(3) i { top: .15rem; height: 1.5rem; border-radius: 5px; padding: 0 .45rem; line-height: 1.5rem; font-size: .75rem; color: #fff; white-space: nowrap; text-overflow: ellipsis; }
@media (prefers-color-scheme: dark) { .timeline > .row i { color: #0f1318 !important; } }
.timeline > .row:nth-child(2) i:hover, .timeline > .row:nth-child(3) i:hover { filter: brightness(1.1); }
.p1 { background: var(--p1); } .p2 { background: var(--p2); } .p3 { background: var(--p3); } .p4 { background: var(--p4); }
.p5 { background: var(--p5); } .p6 { background: var(--p6); } .p7 { background: var(--p7); }
.job { background: var(--job); } .failed { background: var(--bad); }
figure { margin: .8rem 0 0; }
svg { display: block; width: 100%; height: 120px; border-bottom: 1px solid var(--line); }
polygon { fill: var(--p3); opacity: .18; } polyline { fill: none; stroke: var(--p3); stroke-width: 2; }
figcaption { margin-top: .4rem; font-size: .82rem; color: var(--soft); }
.scroll { overflow-x: auto; }
table { width: 100%; border-collapse: collapse; font-size: .86rem; }
th { text-align: left; font-weight: 500; color: var(--soft); }
th, td { padding: .35rem .8rem .35rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
tr:last-child td { border-bottom: 0; }
td:last-child:not(:has(code, span)) { white-space: nowrap; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
.good { color: var(--good); font-weight: 700; } .bad { color: var(--bad); font-weight: 700; }
dl { margin: 0; display: grid; grid-template-columns: max-content 1fr; gap: .4rem 1.2rem; }
dt { color: var(--soft); } dd { margin: 0; }
summary { cursor: pointer; font-weight: 600; }
details[open] summary { margin-bottom: .8rem; }
`;
