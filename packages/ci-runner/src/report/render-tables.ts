import type { RehearsalReport } from '../rehearse/report.ts';
import { showMs } from './format.ts';
import { html, NOTHING, type Html } from './html.ts';

const mark = (ok: boolean): Html =>
  ok ? html`<span class="good">✓</span>` : html`<span class="bad">✗</span>`;

const table = (head: readonly string[], rows: readonly (readonly Html[])[]): Html =>
  rows.length === 0
    ? html`<p>None.</p>`
    : html`<div class="scroll">
        <table>
          <thead>
            <tr>
              ${head.map((title) => html`<th>${title}</th>`)}
            </tr>
          </thead>
          <tbody>
            ${rows.map(
              (row) =>
                html`<tr>
                  ${row.map((cell) => html`<td>${cell}</td>`)}
                </tr>`,
            )}
          </tbody>
        </table>
      </div>`;

/** The ports that appeared on localhost. */
export const renderForwards = ({ forward }: RehearsalReport): Html =>
  table(
    ['', 'localhost', 'to', 'through'],
    forward.map(({ ok, port, protocol, target, engine }) => [
      mark(ok),
      html`<code>${port}/${protocol}</code>`,
      html`<code>${target}</code>`,
      html`${engine}`,
    ]),
  );

/** The scripts that ran. */
export const renderEntrypoints = ({ entrypoints }: RehearsalReport): Html =>
  table(
    ['', 'script', 'as', 'took'],
    entrypoints.map(({ ok, path, user, ms }) => [
      mark(ok),
      html`<code>${path}</code>`,
      html`${user}`,
      html`${showMs(ms)}`,
    ]),
  );

/** The jobs, and what they found. */
export const renderJobs = ({ jobs }: RehearsalReport): Html =>
  table(
    ['', 'job', 'result', 'warm files', 'found inside'],
    jobs.map(({ name, result, warmFiles, tokenVisible, checks }) => [
      mark(result === 'Succeeded'),
      html`${name}`,
      html`${result}`,
      html`${warmFiles ?? 'none'}`,
      html`${[
        ...Object.entries(checks).map(([check, ok]) => html`${mark(ok)} ${check} `),
        tokenVisible === null ? NOTHING : html`${mark(!tokenVisible)} GH_TOKEN hidden`,
      ]}`,
    ]),
  );

/** What CloudWatch got. */
export const renderMetrics = ({ metrics }: RehearsalReport): Html =>
  table(
    ['metric', 'value', 'unit', 'dimensions'],
    metrics.map(({ name, value, unit, dimensions }) => [
      html`${name}`,
      html`${Math.round(value * 100) / 100}`,
      html`${unit === 'None' ? '' : unit}`,
      html`<code
        >${Object.entries(dimensions)
          .map(([key, text]) => `${key}=${text}`)
          .join(' ')}</code
      >`,
    ]),
  );

/** What was real, and what was not. */
export const renderMeans = ({ means }: RehearsalReport): Html => {
  const lists = [
    ['Real', means.real],
    ['Played', means.played],
    ['Not here', means.missing],
  ] as const;
  return html`<dl>
    ${lists
      .filter(([, items]) => items.length > 0)
      .map(
        ([title, items]) =>
          html`<dt>${title}</dt>
            <dd>${items.join(' · ')}</dd>`,
      )}
  </dl>`;
};
