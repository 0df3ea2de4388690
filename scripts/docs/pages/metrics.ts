import { metrics, type MetricEntry } from '../../../packages/core/src/index.ts';
import { forwardMetrics } from '../../../packages/plugin-forward/src/status/metrics.ts';
import { code, page, table } from '../markdown.ts';

const rows = (
  entries: Readonly<Record<string, MetricEntry>>,
  scope: MetricEntry['scope'],
): string[][] =>
  Object.entries(entries)
    .filter(([, entry]) => entry.scope === scope)
    .map(([name, { unit, dimensions, meaning }]) => [
      code(name),
      unit === 'None' ? '' : unit,
      dimensions.map(code).join(', '),
      meaning,
    ]);

const HEAD = ['Metric', 'Unit', 'Dimensions of its own', 'Meaning'];

/** Every metric of the stock set. */
export const metricsPage = (): string =>
  page(
    'Metrics',
    'What the stock set measures, for every tap of [`onMetrics`](hooks.md#onmetrics). The plugin cloudwatch logs the samples, and publishes them to Amazon CloudWatch where it can; [its README](../../packages/plugin-cloudwatch/README.md) says under which namespace and with which dimensions besides.',
    '## Of this runner',
    table(HEAD, [...rows(metrics, 'runner'), ...rows(forwardMetrics, 'runner')]),
    '## Of the fleet',
    table(HEAD, rows(metrics, 'fleet')),
  );
