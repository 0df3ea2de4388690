import type { Line } from './screen.ts';

/** What the screen shows from a moment on. */
export interface Frame {
  /** Milliseconds. */
  readonly at: number;
  readonly lines: readonly Line[];
}

const FONT = 13;
const CHARACTER = 7.83;
const LINE = 19;
const MARGIN = 20;
const TITLE = 34;

/** How long the last frame stays. */
const HOLD_MS = 6_000;

const STYLE = `
text { font: ${FONT}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: #e8ebf0; white-space: pre; }
.green { fill: #47cd89; } .cyan { fill: #53b1fd; } .dim { fill: #94a0b3; } .bold { font-weight: 700; }
@media (prefers-reduced-motion: reduce) { .film { animation: none; } }
`;

const escape = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

const renderLine = (line: Line): string =>
  line
    .map(({ text, style }) =>
      style === undefined ? escape(text) : `<tspan class="${style}">${escape(text)}</tspan>`,
    )
    .join('');

/** Lines that many frames have are there once. */
const collectLines = (frames: readonly Frame[]): ReadonlyMap<string, string> => {
  const texts = new Set(frames.flatMap(({ lines }) => lines.map(renderLine)));
  texts.delete('');
  return new Map([...texts].map((text, index) => [text, `l${index}`]));
};

/** Makes an SVG that plays the frames again and again; whoever wants no motion sees the last one. */
export const renderFilm = (frames: readonly Frame[], columns: number): string => {
  const rows = Math.max(...frames.map(({ lines }) => lines.length));
  const width = Math.ceil(columns * CHARACTER) + 2 * MARGIN;
  const screen = rows * LINE + MARGIN;
  const height = screen + TITLE;
  const ids = collectLines(frames);
  const total = (frames.at(-1)?.at ?? 0) + HOLD_MS;
  const steps = frames.map(
    ({ at }, index) =>
      `${((at / total) * 100).toFixed(2)}% { transform: translateY(${-index * screen}px); }`,
  );
  const strips = frames.map(({ lines }, index) => {
    const uses = lines.map((line, row) => {
      const id = ids.get(renderLine(line));
      return id === undefined ? '' : `<use href="#${id}" y="${row * LINE}"/>`;
    });
    return `<g transform="translate(0 ${index * screen})">${uses.join('')}</g>`;
  });
  const lastOffset = (frames.length - 1) * screen;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="a terminal in which ./dev rehearse runs">
<style>${STYLE}.film { transform: translateY(${-lastOffset}px); animation: film ${(total / 1_000).toFixed(2)}s steps(1, end) infinite; }
@keyframes film { ${steps.join(' ')} }</style>
<defs>${[...ids].map(([text, id]) => `<text id="${id}">${text}</text>`).join('\n')}</defs>
<rect width="${width}" height="${height}" rx="10" fill="#0f1318"/>
<circle cx="20" cy="18" r="6" fill="#f97066"/><circle cx="40" cy="18" r="6" fill="#fdb022"/><circle cx="60" cy="18" r="6" fill="#47cd89"/>
<svg x="${MARGIN}" y="${TITLE}" width="${width - MARGIN}" height="${screen}" viewBox="0 ${-FONT} ${width - MARGIN} ${screen}"><g class="film">
${strips.join('\n')}
</g></svg>
</svg>
`;
};
