import { block, page } from '../markdown.ts';
import { readType, readTypes, type SourceType } from '../read-source.ts';

const CORE = 'packages/core/src';

/** What hooks take and answer, in reading order. */
export const documentedTypes = async (): Promise<readonly SourceType[]> => [
  ...(await readTypes(`${CORE}/hooks/events.ts`)),
  await readType(`${CORE}/config/define-config.ts`, 'RunnerConfig'),
  await readType(`${CORE}/errors/fault.ts`, 'Fault'),
  await readType(`${CORE}/metrics/sample.ts`, 'Sample'),
  ...(await readTypes(`${CORE}/hooks/tap-context.ts`)).toReversed(),
  await readType(`${CORE}/effects/processes.ts`, 'ProcessSpec'),
  await readType(`${CORE}/effects/processes.ts`, 'ManagedProcess'),
  await readType(`${CORE}/effects/users.ts`, 'User'),
  await readType(`${CORE}/effects/clock.ts`, 'Clock'),
];

/** The types that handlers meet, as their source has them. */
export const typesPage = async (): Promise<string> => {
  const types = await documentedTypes();
  return page(
    'Types',
    'What the handlers of [hooks](hooks.md) take and answer. All are exported by `@ci-runner/core`.',
    ...types.map(({ name, text }) => `## ${name}\n\n${block('ts', text)}`),
  );
};
