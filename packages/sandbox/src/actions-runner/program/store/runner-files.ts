import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The names of the files that make a directory a configured runner. */
export type RunnerFile =
  | '.runner'
  | '.runner_migrated'
  | '.credentials'
  | '.credentials_migrated'
  | '.credentials_rsaparams';

/** What `.runner` holds. */
export interface RunnerSettings {
  readonly agentId: number;
  readonly agentName: string;
  readonly disableUpdate: boolean;
  readonly ephemeral: boolean;
  readonly gitHubUrl: string;
  readonly serverUrlV2: string;
  /** Absolute, or relative to the runner's root. */
  readonly workFolder: string;
}

/** What `.credentials` holds. */
export interface RunnerCredentials {
  readonly clientId: string;
  readonly authorizationUrl: string;
}

/** The runner's root directory with its settings files: JSON with a byte order mark, as .NET writes it. */
export interface RunnerFiles {
  readonly root: string;
  exists(name: RunnerFile): boolean;
  /** Whether `.runner` or what replaces it at run time is there. */
  isConfigured(): boolean;
  hasCredentials(): boolean;
  write(name: RunnerFile, content: object, mode?: number): void;
  remove(...names: RunnerFile[]): void;
  /** @throws Error in .NET's wording where the file is absent. */
  readSettings(): RunnerSettings;
  /** @throws Error in .NET's wording where the file is absent. */
  readCredentials(): RunnerCredentials;
  /** The RSA parameters in base64. @throws Error in .NET's wording where the file is absent. */
  readKeyParameters(): Record<string, string>;
}

const BYTE_ORDER_MARK = '\uFEFF';

export function openRunnerFiles(root: string): RunnerFiles {
  const exists = (name: RunnerFile): boolean => existsSync(join(root, name));
  const read = (name: RunnerFile): Fields => readFields(join(root, name));
  // What the server replaced at run time takes precedence over what config.sh wrote.
  const current = (name: '.runner' | '.credentials'): RunnerFile =>
    exists(`${name}_migrated`) ? `${name}_migrated` : name;
  return {
    root,
    exists,
    isConfigured: () => exists(current('.runner')),
    hasCredentials: () => exists(current('.credentials')),
    write(name, content, mode = 0o644) {
      const json = JSON.stringify(content, undefined, 2);
      writeFileSync(join(root, name), BYTE_ORDER_MARK + json, { mode });
    },
    remove(...names) {
      for (const name of names) rmSync(join(root, name), { force: true });
    },
    readSettings: () => settingsOf(read(current('.runner'))),
    readCredentials: () => credentialsOf(read(current('.credentials'))),
    readKeyParameters: () => read('.credentials_rsaparams').strings(),
  };
}

function settingsOf(fields: Fields): RunnerSettings {
  return {
    agentId: Number(fields.text('agentId')),
    agentName: fields.text('agentName'),
    disableUpdate: fields.flag('disableUpdate'),
    ephemeral: fields.flag('ephemeral'),
    gitHubUrl: fields.text('gitHubUrl'),
    serverUrlV2: fields.text('serverUrlV2'),
    workFolder: fields.text('workFolder'),
  };
}

function credentialsOf(fields: Fields): RunnerCredentials {
  const data = new Fields(fields.object('data'));
  return { clientId: data.text('clientId'), authorizationUrl: data.text('authorizationUrl') };
}

/** Fields by case-insensitive name: JIT configurations use Pascal case, and strings for every value. */
class Fields {
  readonly #fields: Map<string, unknown>;
  readonly #source: Record<string, unknown>;

  constructor(source: Record<string, unknown>) {
    this.#source = source;
    this.#fields = new Map(
      Object.entries(source).map(([name, value]) => [name.toLowerCase(), value]),
    );
  }

  text(name: string): string {
    const value = this.#fields.get(name.toLowerCase()) ?? '';
    return typeof value === 'string' ? value : JSON.stringify(value);
  }

  flag(name: string): boolean {
    return this.text(name).toLowerCase() === 'true';
  }

  object(name: string): Record<string, unknown> {
    return (this.#fields.get(name.toLowerCase()) ?? {}) as Record<string, unknown>;
  }

  strings(): Record<string, string> {
    return this.#source as Record<string, string>;
  }
}

function readFields(path: string): Fields {
  if (!existsSync(path)) throw new Error(`Could not find file '${path}'.`);
  const text = readFileSync(path, 'utf8').replace(BYTE_ORDER_MARK, '');
  return new Fields(JSON.parse(text) as Record<string, unknown>);
}
