import { metrics, type MetricEntry } from '../../../packages/core/src/index.ts';
import { code, page, table } from '../markdown.ts';

const rows = (wanted: MetricEntry['scope']): string[][] =>
  Object.entries(metrics)
    .filter(([, { scope }]) => scope === wanted)
    .map(([name, { kind, unit, dimensions, description }]) => [
      code(name),
      unit === 'None' ? '' : unit,
      kind,
      dimensions.map(code).join(', '),
      description,
    ]);

const HEAD = ['Metric', 'Unit', 'Kind', 'Dimensions of its own', 'Meaning'];

/** Every metric of the stock set. */
export const metricsPage = (): string =>
  page(
    'Metrics',
    'What the stock set measures, for every tap of [`onMetrics`](hooks.md#onmetrics). The plugin cloudwatch logs the samples, and publishes them to Amazon CloudWatch where it can; [its README](../../packages/plugin-cloudwatch/README.md) says under which namespace and with which dimensions besides. A sample is a `state` of that moment, a `change` since the last sample, an `event` (one sample each time), or a `total` since the boot.',
    '## Of this runner',
    table(HEAD, rows('runner')),
    '## Of the fleet',
    table(HEAD, rows('fleet')),
  );
