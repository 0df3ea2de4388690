import type { JsonWebKey } from 'node:crypto';
import { randomUUID } from 'node:crypto';
import type { DeletionNotice } from '../behaviour.ts';
import type { Scope } from './accounts.ts';

/** Read-only labels come with the runner's system and stay; custom ones can be changed by API. */
export interface RunnerLabel {
  id: number;
  name: string;
  type: 'read-only' | 'custom';
}

/** What a registration says about a runner. */
export interface Registration {
  scope: Scope;
  groupId: number;
  name: string;
  ephemeral: boolean;
  labels: { name: string; type: RunnerLabel['type'] }[];
  publicKey: JsonWebKey;
}

/** A registered runner. */
export interface Runner {
  readonly id: number;
  readonly scope: Scope;
  readonly name: string;
  readonly ephemeral: boolean;
  /** Names the registration towards the OAuth service. A replaced registration gets a new one. */
  readonly clientId: string;
  readonly publicKey: JsonWebKey;
  groupId: number;
  os: string;
  /** Null until the runner has connected once. */
  version: string | null;
  labels: RunnerLabel[];
}

/** A runner whose registration has ended, and how it hears of that. */
export interface Departure {
  readonly runner: Runner;
  notice: DeletionNotice;
  /** False while the runner is still left in ignorance. */
  isTold: boolean;
}

const systems = ['linux', 'macos', 'windows'];
const readOnlyNames = new Set(['self-hosted', ...systems, 'x64', 'arm', 'arm64']);

/** The type that a label of this name has when only its name is given. */
export function labelTypeOf(name: string): RunnerLabel['type'] {
  return readOnlyNames.has(name.toLowerCase()) ? 'read-only' : 'custom';
}

const sameName = (left: string, right: string): boolean =>
  left.toLowerCase() === right.toLowerCase();

/** Whether a runner's labels satisfy `runs-on`. */
export function hasLabels(runner: Runner, wanted: readonly string[]): boolean {
  return wanted.every((name) => runner.labels.some((label) => sameName(label.name, name)));
}

/** The registered runners of all scopes. */
export class RunnerRegistry {
  readonly #runners = new Map<number, Runner>();
  readonly #departed = new Map<string, Departure>();
  readonly #labelIds = new Map<string, number>();
  #lastId = 0;

  add(registration: Registration): Runner {
    this.#lastId += 1;
    return this.#store(this.#lastId, registration);
  }

  /** Gives an existing runner a new registration under its old id. */
  replace(runner: Runner, registration: Registration): Runner {
    return this.#store(runner.id, registration);
  }

  /** Ends a registration. Its client id is remembered, with how its runner hears of it. */
  remove(runner: Runner, notice: DeletionNotice): Departure {
    const departure = { runner, notice, isTold: true };
    this.#runners.delete(runner.id);
    this.#departed.set(runner.clientId, departure);
    return departure;
  }

  /** A registration that has ended. */
  findDeparted(clientId: string): Departure | undefined {
    return this.#departed.get(clientId);
  }

  get(id: number): Runner | undefined {
    return this.#runners.get(id);
  }

  /** The runners of a scope, or of all of them, oldest first. */
  list(scope?: Scope): Runner[] {
    const runners = [...this.#runners.values()];
    return scope === undefined ? runners : runners.filter((runner) => runner.scope === scope);
  }

  findByName(scope: Scope, name: string): Runner | undefined {
    return this.list(scope).find((runner) => runner.name === name);
  }

  findByClientId(clientId: string): Runner | undefined {
    return this.list().find((runner) => runner.clientId === clientId);
  }

  /** Adds custom labels; names that the runner has already change nothing. */
  addLabels(runner: Runner, names: readonly string[]): void {
    runner.labels = this.#merge(
      runner.labels,
      names.map((name) => ({ name, type: 'custom' })),
    );
  }

  /** Replaces the custom labels; the read-only ones stay. */
  setCustomLabels(runner: Runner, names: readonly string[]): void {
    runner.labels = runner.labels.filter((label) => label.type === 'read-only');
    this.addLabels(runner, names);
  }

  removeLabel(runner: Runner, name: string): 'removed' | 'absent' | 'read-only' {
    const label = runner.labels.find((candidate) => sameName(candidate.name, name));
    if (label === undefined) return 'absent';
    if (label.type === 'read-only') return 'read-only';
    runner.labels = runner.labels.filter((candidate) => candidate !== label);
    return 'removed';
  }

  #store(id: number, { labels, ...registration }: Registration): Runner {
    const runner: Runner = {
      ...registration,
      id,
      clientId: randomUUID(),
      os:
        labels.map(({ name }) => name.toLowerCase()).find((n) => systems.includes(n)) ?? 'unknown',
      version: null,
      labels: this.#merge([], labels),
    };
    this.#runners.set(id, runner);
    return runner;
  }

  #merge(labels: readonly RunnerLabel[], added: Registration['labels']): RunnerLabel[] {
    const merged = [...labels];
    for (const { name, type } of added) {
      if (merged.some((label) => sameName(label.name, name))) continue;
      merged.push({ id: this.#labelId(name), name, type });
    }
    return merged;
  }

  #labelId(name: string): number {
    const key = name.toLowerCase();
    const id = this.#labelIds.get(key) ?? this.#labelIds.size + 1;
    this.#labelIds.set(key, id);
    return id;
  }
}
