import type { PrewarmReport } from '../rehearse/report.ts';
import type { PrewarmSample } from '../rehearse/timeline.ts';
import { showBytes, showCount, showMs } from './format.ts';
import { html, NOTHING, type Html } from './html.ts';

const WIDTH = 640;
const HEIGHT = 120;

const chart = (samples: readonly PrewarmSample[]): Html => {
  const [first] = samples;
  const last = samples.at(-1);
  // A line needs two ends.
  if (first === undefined || last === undefined || last.at <= first.at || last.bytes === 0)
    return NOTHING;
  const x = (at: number): string => (((at - first.at) / (last.at - first.at)) * WIDTH).toFixed(1);
  const y = (bytes: number): string => (HEIGHT - (bytes / last.bytes) * HEIGHT).toFixed(1);
  const line = samples.map(({ at, bytes }) => `${x(at)},${y(bytes)}`).join(' ');
  const rate = (last.bytes - first.bytes) / ((last.at - first.at) / 1_000);
  return html`<figure>
    <svg
      viewBox="0 0 ${WIDTH} ${HEIGHT}"
      preserveAspectRatio="none"
      role="img"
      aria-label="bytes received over time"
    >
      <polygon points="0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}" />
      <polyline points="${line}" vector-effect="non-scaling-stroke" />
    </svg>
    <figcaption>
      <span
        >An archive of ${showBytes(last.bytes)} came in ${showMs(last.at - first.at)},
        ${showBytes(rate)}/s while it flowed</span
      >
    </figcaption>
  </figure>`;
};

/** How the work directory was filled. */
export const renderPrewarm = (
  { files, bytes, ms, transport }: PrewarmReport,
  samples: readonly PrewarmSample[],
): Html => {
  if (transport === 'none') return html`<p>Nothing was loaded.</p>`;
  const rate = bytes / (Math.max(ms, 1) / 1_000);
  return html`<p>
      ${showCount(files)} files, ${showBytes(bytes)} over ${transport} in ${showMs(ms)}:
      ${showBytes(rate)}/s from the first question to the last file.
    </p>
    ${chart(samples)}`;
};
