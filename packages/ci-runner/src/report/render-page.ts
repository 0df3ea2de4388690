import type { RehearsalReport } from '../rehearse/report.ts';
import { showBytes, showCount, showMs } from './format.ts';
import { html, NOTHING, type Html } from './html.ts';
import { renderPrewarm } from './render-prewarm.ts';
import {
  renderEntrypoints,
  renderForwards,
  renderJobs,
  renderMeans,
  renderMetrics,
} from './render-tables.ts';
import { renderTimeline } from './render-timeline.ts';
import { STYLE } from './style.ts';

const section = (title: string, content: Html): Html =>
  html`<section>
    <h2>${title}</h2>
    ${content}
  </section>`;

const tile = (value: string, label: string): Html =>
  html`<div><b>${value}</b><span>${label}</span></div>`;

const bootMs = ({ phases }: RehearsalReport): number => {
  const registered = phases.findIndex(({ name }) => name === 'register');
  return phases.slice(0, registered + 1).reduce((sum, { ms }) => sum + ms, 0);
};

const rate = ({ prewarm: { bytes, ms } }: RehearsalReport): string =>
  `${showBytes(bytes / (Math.max(ms, 1) / 1_000))}/s`;

const tiles = (report: RehearsalReport): Html => {
  const { prewarm, jobs, drain, leftovers } = report;
  const succeeded = jobs.filter(({ result }) => result === 'Succeeded').length;
  const left = Object.values(leftovers).flat().length;
  return html`<div class="tiles">
    ${[
      tile(showMs(bootMs(report)), 'from start to registered'),
      prewarm.transport === 'none'
        ? tile('cold', 'nothing was loaded')
        : tile(showCount(prewarm.files), `warm files, ${rate(report)}`),
      tile(`${succeeded} of ${jobs.length}`, 'jobs succeeded'),
      drain === null
        ? tile('none', 'drain')
        : tile(
            showMs(drain.ms),
            `drain on ${drain.signal}${drain.jobWasRunning ? ', a job ran' : ''}`,
          ),
      tile(left === 0 ? 'nothing' : String(left), 'left behind'),
    ]}
  </div>`;
};

const problems = ({ problems: found }: RehearsalReport): Html =>
  found.length === 0
    ? NOTHING
    : html`<section class="problems">
        <h2>Problems</h2>
        <ul>
          ${found.map((one) => html`<li>${one}</li>`)}
        </ul>
      </section>`;

/** Makes a page of a rehearsal's report. It needs no network and runs no script. */
export const renderPage = (report: RehearsalReport, file: string | undefined): string => {
  const { ok, prewarm, timeline, metrics } = report;
  const verdict = ok
    ? html`<span class="verdict">✓ passed</span>`
    : html`<span class="verdict not">✗ not passed</span>`;
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta
          http-equiv="Content-Security-Policy"
          content="default-src 'none'; style-src 'unsafe-inline'"
        />
        <title>ci-runner rehearsal: ${ok ? 'passed' : 'not passed'}</title>
        <style>
          ${{ markup: STYLE }}
        </style>
      </head>
      <body>
        <main>
          <header>
            ${verdict}
            <h1>Rehearsal</h1>
            <p>Configuration: ${file ?? 'the stock set'}</p>
          </header>
          ${tiles(report)} ${problems(report)} ${section('Timeline', renderTimeline(timeline))}
          ${section('Prewarm', renderPrewarm(prewarm, timeline.prewarm))}
          ${section('Jobs', renderJobs(report))}
          <div class="pair">
            ${section('Forwards', renderForwards(report))}${section('Entrypoints', renderEntrypoints(report))}
          </div>
          <section>
            <details>
              <summary>Metrics that CloudWatch got (${metrics.length})</summary>
              ${renderMetrics(report)}
            </details>
          </section>
          ${section('What was real', renderMeans(report))}
        </main>
      </body>
    </html> `.markup;
};
