import { docker } from '../../docker.ts';

/** A task whose container runs. */
export interface Task {
  readonly container: string;
  readonly image: string;
  /** As Docker says it, such as `Up 2 minutes (healthy)`. */
  readonly status: string;
}

/** docker/swarm.yml, deployed. */
export interface Stack {
  /** The containers that run, those of tasks that are being ended included. */
  tasks(): Promise<Task[]>;
  /** Does not wait. */
  scale(replicas: number): Promise<void>;
  /** Does not wait. */
  roll(image: string): Promise<void>;
  /** What the tasks have logged, for a test that failed. */
  logs(): Promise<string>;
  /** Does not wait. */
  remove(): Promise<void>;
  /** The containers and networks that the engine has of it, ended ones included. */
  remains(): Promise<string[]>;
}

/** What {@link deployStack} takes. */
export interface StackOptions {
  readonly name: string;
  readonly files: readonly string[];
  /** What the files take from the environment. */
  readonly environment: Readonly<Record<string, string>>;
}

const list = async (
  name: string,
  command: readonly string[],
  format: string,
): Promise<string[]> => {
  const filter = `--filter=label=com.docker.stack.namespace=${name}`;
  const output = await docker([...command, '--no-trunc', filter, `--format=${format}`]);
  return output.split('\n').filter(Boolean);
};

const listTasks = async (name: string): Promise<Task[]> =>
  (await list(name, ['ps'], '{{.ID}}\t{{.Image}}\t{{.Status}}')).map((line) => {
    const [container = '', image = '', status = ''] = line.split('\t');
    return { container, image, status };
  });

/** Deploys Compose files as a stack whose service of runners is `ci-runner`. */
export const deployStack = async ({ name, files, environment }: StackOptions): Promise<Stack> => {
  const service = `${name}_ci-runner`;
  await docker(
    [
      'stack',
      'deploy',
      '--resolve-image=never',
      ...files.map((file) => `--compose-file=${file}`),
      name,
    ],
    { env: environment },
  );
  return {
    tasks: async () => listTasks(name),
    scale: async (replicas) => {
      await docker(['service', 'scale', '--detach', `${service}=${replicas}`]);
    },
    roll: async (image) => {
      await docker([
        'service',
        'update',
        '--detach',
        '--no-resolve-image',
        '--image',
        image,
        service,
      ]);
    },
    logs: async () => docker(['service', 'logs', '--raw', '--tail=50', service]),
    remove: async () => {
      await docker(['stack', 'rm', name]);
    },
    remains: async () => [
      ...(await list(name, ['ps', '--all'], '{{.Names}}')),
      ...(await list(name, ['network', 'ls'], '{{.Name}}')),
    ],
  };
};
