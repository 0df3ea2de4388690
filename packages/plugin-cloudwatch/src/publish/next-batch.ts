import type { Datum } from './metric-datum.ts';

/** Of a request. @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
export const MOST_METRICS = 1_000;
/** The limit is 1 MB, before the SDK compresses. */
const MOST_BYTES = 1_000_000;

/** What JSON adds to the texts of a data point, and its numbers. */
const OVERHEAD_BYTES = 150;
const OVERHEAD_OF_DIMENSION = 24;

const sizeOf = ({ name, dimensions }: Datum): number =>
  Object.entries(dimensions).reduce(
    (sum, pair) => sum + Buffer.byteLength(JSON.stringify(pair)) + OVERHEAD_OF_DIMENSION,
    OVERHEAD_BYTES + Buffer.byteLength(JSON.stringify(name)),
  );

/** The first data points of a namespace that fit one request, `most` at most. */
export const nextBatch = (
  queue: readonly Datum[],
  namespace: string,
  most: number,
): readonly Datum[] => {
  const batch: Datum[] = [];
  let bytes = 0;
  for (const datum of queue) {
    if (datum.namespace !== namespace) continue;
    bytes += sizeOf(datum);
    if (batch.length === most || (bytes > MOST_BYTES && batch.length > 0)) break;
    batch.push(datum);
  }
  return batch;
};
