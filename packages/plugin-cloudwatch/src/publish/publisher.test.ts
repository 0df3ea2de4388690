import { describe, expect, test } from 'vitest';
import type { Datum } from './metric-datum.ts';
import { createPublisher, MOST_WAITING, type Failure, type RequestOutcome } from './publisher.ts';

const datum = (value: number, more: Partial<Datum> = {}): Datum => ({
  namespace: 'octo',
  name: 'Share',
  value,
  unit: 'Count',
  at: 0,
  dimensions: {},
  highResolution: false,
  ...more,
});
const some = (count: number): Datum[] =>
  Array.from({ length: count }, (_none, index) => datum(index));

const NEVER = new AbortController().signal;

interface Request {
  readonly namespace: string;
  readonly values: number[];
}

const watched = (
  answer: (request: Request, count: number) => Failure | 'taken' = () => 'taken',
) => {
  const requests: Request[] = [];
  const told: RequestOutcome[] = [];
  const publisher = createPublisher({
    send: async (namespace, data) => {
      const request = { namespace, values: data.map(({ value }) => value) };
      const answered = answer(request, requests.push(request));
      if (answered !== 'taken') throw new Error(answered);
    },
    judge: (error) => (error as Error).message as Failure,
    told: (outcome) => void told.push(outcome),
  });
  return { publisher, requests, became: () => told.map(({ became }) => became) };
};

/** The first so many requests fail. */
const failing =
  (most: number, how: Failure = 'not now') =>
  (_request: Request, count: number): Failure | 'taken' =>
    count <= most ? how : 'taken';

test('one request takes what fits its limits, in order', async () => {
  const { publisher, requests } = watched();
  publisher.add(some(2_500));
  await publisher.flush(NEVER);
  expect(requests.map(({ values }) => values.length)).toEqual([1_000, 1_000, 500]);
  expect(requests.flatMap(({ values }) => values)).toEqual(some(2_500).map(({ value }) => value));
  expect(publisher).toMatchObject({ waiting: 0, published: 2_500, dropped: 0 });
});

test('a request is below 1 MB', async () => {
  const { publisher, requests } = watched();
  const dimensions = { a: 'x'.repeat(1_024), b: 'y'.repeat(1_024) };
  publisher.add(Array.from({ length: 500 }, (_none, index) => datum(index, { dimensions })));
  await publisher.flush(NEVER);
  expect(requests.length).toBeGreaterThan(1);
  for (const { values } of requests) expect(values.length * 2_048).toBeLessThan(1_000_000);
  expect(publisher.published).toBe(500);
});

test('every namespace has a request of its own', async () => {
  const { publisher, requests } = watched();
  publisher.add([datum(1), datum(2, { namespace: 'agent' }), datum(3)]);
  await publisher.flush(NEVER);
  expect(requests).toEqual([
    { namespace: 'octo', values: [1, 3] },
    { namespace: 'agent', values: [2] },
  ]);
});

describe('a request that fails', () => {
  test('ends the flush; the next one sends the same and what came meanwhile', async () => {
    const { publisher, requests, became } = watched(failing(1));
    publisher.add([datum(1)]);
    await publisher.flush(NEVER);
    expect(publisher).toMatchObject({ waiting: 1, published: 0 });
    publisher.add([datum(2)]);
    await publisher.flush(NEVER);
    expect(requests.map(({ values }) => values)).toEqual([[1], [1, 2]]);
    expect(became()).toEqual(['waits', 'published']);
  });

  test('keeps no other namespace from being published', async () => {
    const { publisher, became } = watched(({ namespace }) =>
      namespace === 'agent' ? 'not now' : 'taken',
    );
    publisher.add([datum(1, { namespace: 'agent' }), datum(2)]);
    await publisher.flush(NEVER);
    expect(publisher).toMatchObject({ waiting: 1, published: 1, dropped: 0 });
    expect(became()).toEqual(['waits', 'published']);
  });

  test('for its data gives them up and goes on', async () => {
    const { publisher, requests } = watched(failing(1, 'refused data'));
    publisher.add([datum(1), datum(2, { namespace: 'agent' })]);
    await publisher.flush(NEVER);
    expect(requests).toHaveLength(2);
    expect(publisher).toMatchObject({ waiting: 0, published: 1, dropped: 1 });
  });

  test.each([0, 1, 499, 500, 998, 999])(
    'for one of its data, number %i, gives up that one alone',
    async (wrong) => {
      const { publisher, requests, became } = watched(({ values }) =>
        values.includes(wrong) ? 'refused data' : 'taken',
      );
      publisher.add(some(1_000));
      await publisher.flush(NEVER);
      expect(publisher).toMatchObject({ waiting: 0, published: 999, dropped: 1 });
      expect(requests.length).toBeLessThan(25);
      expect(became().filter((one) => one === 'given up')).toHaveLength(1);
    },
  );

  test('for all of its data does not ask for each of them', async () => {
    const { publisher, requests } = watched(() => 'refused data');
    publisher.add(some(MOST_WAITING));
    await publisher.flush(NEVER);
    expect(publisher).toMatchObject({ waiting: 0, published: 0, dropped: MOST_WAITING });
    expect(requests.length).toBeLessThan(60);
  });
});

test('a full queue drops its oldest and counts them', async () => {
  const { publisher, requests } = watched();
  publisher.add(some(MOST_WAITING + 7));
  expect(publisher).toMatchObject({ waiting: MOST_WAITING, dropped: 7 });
  await publisher.flush(NEVER);
  expect(requests[0]?.values[0]).toBe(7);
});

test('five minutes of failures lose nothing that fits the queue', async () => {
  const { publisher, requests } = watched(failing(5));
  for (let minute = 0; minute < 6; minute += 1) {
    publisher.add([datum(minute)]);
    await publisher.flush(NEVER);
  }
  expect(requests.at(-1)?.values).toEqual([0, 1, 2, 3, 4, 5]);
  expect(publisher).toMatchObject({ waiting: 0, published: 6, dropped: 0 });
});

test('nothing is sent twice when two flushes meet', async () => {
  const { publisher, requests } = watched();
  publisher.add([datum(1)]);
  await Promise.all([publisher.flush(NEVER), publisher.flush(NEVER)]);
  expect(requests).toHaveLength(1);
});

test('an aborted flush sends nothing and keeps all', async () => {
  const { publisher, requests } = watched();
  publisher.add([datum(1)]);
  await publisher.flush(AbortSignal.abort());
  expect(requests).toEqual([]);
  expect(publisher.waiting).toBe(1);
});

test('what a full queue drops while it is being published is not counted as dropped', async () => {
  const { publisher } = watched((_request, count) => {
    if (count === 1) publisher.add(some(MOST_WAITING));
    return 'taken';
  });
  publisher.add([datum(0)]);
  await publisher.flush(NEVER);
  expect(publisher).toMatchObject({ dropped: 0, published: MOST_WAITING + 1 });
});
