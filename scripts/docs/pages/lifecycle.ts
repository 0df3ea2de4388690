import { drawLifecycle, type Way } from '../draw-lifecycle.ts';
import { block, page, sentence } from '../markdown.ts';
import { readType } from '../read-source.ts';
import { recordLifecycle, type Plot, type Recording } from '../record-lifecycle.ts';

interface Story {
  readonly title: string;
  /** For the diagram. */
  readonly label: string;
  readonly what?: 'run' | 'check';
  readonly plot?: Plot;
}

/** The first is the one that everybody hopes for. */
const STORIES: readonly [Story, ...Story[]] = [
  {
    title: 'A job, then SIGTERM during the next one',
    label: 'drain',
    plot: { signalIn: 'onJobStarted', signalTurn: 2 },
  },
  { title: 'SIGTERM while idle', label: 'drain', plot: { signalIn: 'onIdle' } },
  {
    title: 'The runner ends by itself: it is started again, registered again, and then given up',
    label: 'ended by itself',
    plot: { next: ['serve', 'register', 'stop'] },
  },
  { title: 'SIGTERM during the boot', label: 'SIGTERM', plot: { signalIn: 'prepareWorkspace' } },
  { title: 'A setting is at fault', label: 'fault', plot: { failing: ['verifySetup'] } },
  { title: 'The boot fails', label: 'failure', plot: { failing: ['prepareSystem'] } },
  { title: 'No runner is obtained', label: 'failure', plot: { failing: ['resolveRegistration'] } },
  { title: 'Running it fails', label: 'failure', plot: { failing: ['resolveServed'] } },
];

const CHECK: Story = { title: 'ci-runner check', label: 'check', what: 'check' };

/** These have no place of their own. */
const ANY_TIME: readonly string[] = [
  'resolveIdentity',
  'collectMetrics',
  'collectStatus',
  'onMetrics',
  'onError',
];

const record = async ({ what = 'run', plot }: Story): Promise<Recording> =>
  recordLifecycle(what, plot);

const link = (hook: string): string => `[${hook}](hooks.md#${hook.toLowerCase()})`;

const sectionOf = (title: string, { phases, exitCode }: Recording): string => {
  const width = Math.max(...phases.map(({ phase }) => phase.length));
  const lines = phases.map(({ phase, hooks }) => `${phase.padEnd(width)}  ${hooks.join(' → ')}`);
  return `### ${title}\n\nExit code ${exitCode}.\n\n${block('text', lines.join('\n'))}`;
};

/** The order of hooks on every way through the lifecycle, as runs of the core show it. */
export const lifecyclePage = async (): Promise<string> => {
  const [first, ...others] = STORIES;
  const main: Way = { ...(await record(first)), label: first.label };
  const ways: Way[] = [];
  for (const story of others) ways.push({ ...(await record(story)), label: story.label });
  const checked = await record(CHECK);
  const { properties } = await readType(
    'packages/core/src/hooks/lifecycle-hooks.ts',
    'LifecycleHooks',
  );
  const ended = [main, ...ways].map((way, index) => sectionOf(STORIES[index]?.title ?? '', way));
  return page(
    'Lifecycle',
    '`ci-runner start` goes through these phases. Lines are the way that everybody hopes for, dots are the others; whatever happens, `closeRunner` is the last hook, and what was acquired is released after it, newest first.',
    block('mermaid', drawLifecycle(main, ways)),
    '## Every way',
    'Recorded from runs of the core; [Hooks](hooks.md) tells what each is for. `beforeJob` holds the first step of a job back; the four hooks from `onIdle` to `afterJob` repeat with every job.',
    ...ended,
    sectionOf(CHECK.title, checked),
    '## At any time',
    ANY_TIME.map((hook) => {
      const doc = properties.find(({ name }) => name === hook)?.doc.text ?? '';
      return `- ${link(hook)}: ${sentence(doc)}`;
    }).join('\n'),
  );
};
