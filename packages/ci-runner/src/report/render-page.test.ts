import { expect, test } from 'vitest';
import type { RehearsalReport } from '../rehearse/report.ts';
import { renderPage } from './render-page.ts';

const HOSTILE = `<script>alert('"&')</script>`;

const report = (fields: Partial<RehearsalReport>): RehearsalReport => ({
  ok: true,
  problems: [],
  means: { real: [], played: [], missing: [] },
  phases: [],
  timeline: { phases: [], taps: [], jobs: [], prewarm: [] },
  prewarm: { files: 0, bytes: 0, ms: 0, transport: 'none' },
  forward: [],
  entrypoints: [],
  jobs: [],
  drain: null,
  metrics: [],
  registration: { name: null, removed: false },
  leftovers: { processes: [], runners: [], files: [] },
  exitCode: 0,
  ...fields,
});

test('a rehearsal in which nothing happened has a page', () => {
  const page = renderPage(report({ ok: false, exitCode: 78, problems: ['no'] }), undefined);
  expect(page).toContain('the stock set');
  expect(page).toContain('<li>no</li>');
  expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
});

test('whatever a name holds, it is no markup', () => {
  const span = { at: 0, ms: 10 };
  const page = renderPage(
    report({
      problems: [HOSTILE],
      means: { real: [HOSTILE], played: [], missing: [HOSTILE] },
      timeline: {
        phases: [{ ...span, name: HOSTILE }],
        taps: [{ ...span, hook: HOSTILE, plugin: HOSTILE, ok: false }],
        jobs: [{ ...span, name: HOSTILE, result: HOSTILE }],
        prewarm: [
          { at: 0, bytes: 0 },
          { at: 5, bytes: 0 },
        ],
      },
      prewarm: { files: 1, bytes: 1, ms: 0, transport: HOSTILE },
      forward: [{ port: 1, protocol: HOSTILE, target: HOSTILE, engine: HOSTILE, ok: false }],
      entrypoints: [{ path: HOSTILE, user: HOSTILE, ms: 1, ok: false }],
      jobs: [
        {
          name: HOSTILE,
          result: HOSTILE,
          warmFiles: null,
          tokenVisible: null,
          checks: { [HOSTILE]: false },
        },
      ],
      metrics: [{ name: HOSTILE, value: 1, unit: HOSTILE, dimensions: { [HOSTILE]: HOSTILE } }],
    }),
    HOSTILE,
  );
  expect(page).not.toContain('<script');
  expect(page).not.toMatch(/NaN|undefined|Infinity|\[object/);
  expect(page).toContain('&lt;script&gt;alert(&#39;&quot;&amp;&#39;)&lt;/script&gt;');
});
