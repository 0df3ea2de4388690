import type { Recording } from './record-lifecycle.ts';

/** A way through the lifecycle, and what the diagram calls it where it leaves the others. */
export interface Way extends Recording {
  readonly label: string;
}

interface Edge {
  readonly from: string;
  readonly to: string;
  readonly label: string;
}

/** What resolveNext answers says more than the name of the way. */
const ANSWERS: Readonly<Record<string, string>> = {
  resolveServed: 'serve',
  resolveRegistration: 'register',
  closeRunner: 'stop',
};

const labelOf = (from: string, to: string, way: Way): string => {
  if (from === 'resolveNext') return ANSWERS[to] ?? way.label;
  return to === 'onDrain' ? 'drain' : way.label;
};

const edgesOf = (way: Way): Edge[] => {
  const hooks = way.phases.flatMap((phase) => phase.hooks);
  return hooks.slice(1).map((to, index) => {
    const from = hooks[index] ?? '';
    return { from, to, label: labelOf(from, to, way) };
  });
};

const isSame = (one: Edge, other: Edge): boolean => one.from === other.from && one.to === other.to;

const withoutRepetition = (edges: readonly Edge[]): Edge[] =>
  edges.filter((edge, index) => edges.findIndex((other) => isSame(edge, other)) === index);

/** The hooks of each phase, in the order in which the ways meet them first. */
const groupHooks = (ways: readonly Way[]): Map<string, string[]> => {
  const groups = new Map<string, string[]>();
  const seen = new Set<string>();
  for (const { phase, hooks } of ways.flatMap((way) => way.phases)) {
    const group = groups.get(phase) ?? [];
    groups.set(phase, group);
    for (const hook of hooks) {
      if (!seen.has(hook)) group.push(hook);
      seen.add(hook);
    }
  }
  return groups;
};

/** Draws the ways as one diagram of mermaid's: the first as lines, where the others leave it as dots. */
export const drawLifecycle = (main: Way, others: readonly Way[]): string => {
  const mainEdges = withoutRepetition(edgesOf(main));
  const otherEdges = withoutRepetition(others.flatMap(edgesOf)).filter(
    (edge) => !mainEdges.some((one) => isSame(edge, one)),
  );
  const groups = [...groupHooks([main, ...others])].map(([phase, hooks]) => [
    `  subgraph ${phase.replace(' ', '_')}["${phase}"]`,
    ...hooks.map((hook) => `    ${hook}`),
    '  end',
  ]);
  return [
    'flowchart TB',
    ...groups.flat(),
    ...mainEdges.map(({ from, to }) => `  ${from} --> ${to}`),
    ...otherEdges.map(({ from, to, label }) => `  ${from} -. ${label} .-> ${to}`),
  ].join('\n');
};
