import type { PhaseSpan, Span, TapSpan, Timeline } from '../rehearse/timeline.ts';
import { showMs } from './format.ts';
import { html, NOTHING, type Html } from './html.ts';
import { percent, ticks, tickStep } from './scale.ts';

/** A span on a line of its own colour. */
interface Bar extends Span {
  /** For whoever points at it. */
  readonly label: string;
  /** A class of the style sheet. */
  readonly tone: string;
  /** Stands in the bar as far as it fits. */
  readonly text?: string;
}

interface Row {
  readonly title: string;
  readonly bars: readonly Bar[];
}

const TONES: Readonly<Record<string, string>> = {
  configure: 'p1',
  'prepare system': 'p2',
  'prepare workspace': 'p3',
  register: 'p4',
  serve: 'p5',
  drain: 'p6',
  close: 'p7',
};

const endOf = ({ at, ms }: Span): number => at + ms;

/** How long all of it took. */
export const lengthOf = ({ phases, taps, jobs }: Timeline): number =>
  Math.max(0, ...[...phases, ...taps, ...jobs].map(endOf));

const toneOf = (phases: readonly PhaseSpan[], { at }: Span): string => {
  // The clocks of two lines may differ by a millisecond.
  const phase = phases.findLast((one) => one.at <= at + 1);
  return TONES[phase?.name ?? ''] ?? 'p7';
};

const renderBar = ({ at, ms, label, tone, text = '' }: Bar, length: number): Html =>
  html`<i
    class="${tone}"
    style="left:${percent(at, length)};width:${percent(ms, length)}"
    title="${label}"
    >${text}</i
  >`;

const renderRow = ({ title, bars }: Row, length: number): Html => {
  const total = bars.reduce((sum, { ms }) => sum + ms, 0);
  const times = bars.length > 1 ? html` <small>×${bars.length}</small>` : NOTHING;
  return html`<div class="row">
    <span>${title}${times}</span
    ><span class="track">${bars.map((bar) => renderBar(bar, length))}</span
    ><span>${showMs(total)}</span>
  </div>`;
};

const tapRow = (plugin: string, taps: readonly TapSpan[], phases: readonly PhaseSpan[]): Row => ({
  title: plugin,
  bars: taps.map((tap) => ({
    at: tap.at,
    ms: tap.ms,
    label: `${plugin} in ${tap.hook}: ${showMs(tap.ms)} after ${showMs(tap.at)}${tap.ok ? '' : ', failed'}`,
    tone: tap.ok ? toneOf(phases, tap) : 'failed',
  })),
});

/** Hooks in the order in which they were called first, and in each the plugins that tapped it. */
const renderHooks = ({ taps, phases }: Timeline, length: number): Html[] => {
  const begun = taps.toSorted((one, other) => one.at - other.at);
  return [...Map.groupBy(begun, ({ hook }) => hook)].map(([hook, own]) => {
    const plugins = [...Map.groupBy(own, ({ plugin }) => plugin)];
    const rows = plugins.map(([plugin, some]) => renderRow(tapRow(plugin, some, phases), length));
    return html`<h3>${hook}</h3>
      ${rows}`;
  });
};

const axis = (length: number): Html =>
  html`<div class="row axis">
    <span></span
    ><span class="track"
      >${ticks(length).map(
        (ms) => html`<em style="left:${percent(ms, length)}">${ms / 1_000} s</em>`,
      )}</span
    ><span></span>
  </div>`;

/** Phases, jobs, hooks and taps on one axis of time. */
export const renderTimeline = (timeline: Timeline): Html => {
  const { phases, jobs } = timeline;
  const length = lengthOf(timeline);
  const phaseBars = phases.map((phase) => ({
    ...phase,
    label: `${phase.name}: ${showMs(phase.ms)}`,
    tone: TONES[phase.name] ?? 'p7',
    text: phase.name,
  }));
  const jobBars = jobs.map((job) => ({
    ...job,
    label: `${job.name}: ${job.result}, ${showMs(job.ms)}`,
    tone: job.result === 'Succeeded' ? 'job' : 'failed',
    text: job.name,
  }));
  return html`<div class="timeline" style="--step:${percent(tickStep(length), length)}">
    ${axis(length)} ${renderRow({ title: 'phases', bars: phaseBars }, length)}
    ${renderRow({ title: 'jobs', bars: jobBars }, length)} ${renderHooks(timeline, length)}
  </div>`;
};
