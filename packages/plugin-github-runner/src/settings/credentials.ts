import type { Clock } from '@ci-runner/core';
import * as z from 'zod';
import { createAppCredentials } from '../api/credentials/app-credentials.ts';
import {
  registrationTokenCredentials,
  tokenCredentials,
  type Credentials,
} from '../api/credentials/credentials.ts';
import type { Scope } from '../api/scope.ts';
import type { Send } from '../api/send-request.ts';
import { parsePrivateKey } from './private-key.ts';

/** The variables that the runner's credentials are made from. */
export interface CredentialVariables {
  readonly GH_TOKEN?: string | undefined;
  readonly GH_APP_ID?: string | undefined;
  readonly GH_APP_PRIVATE_KEY?: string | undefined;
  readonly GH_APP_INSTALLATION_ID?: string | undefined;
  readonly GH_REGISTRATION_TOKEN?: string | undefined;
}

type Name = keyof CredentialVariables;

const KINDS: readonly (readonly Name[])[] = [
  ['GH_TOKEN'],
  ['GH_APP_ID', 'GH_APP_PRIVATE_KEY', 'GH_APP_INSTALLATION_ID'],
  ['GH_REGISTRATION_TOKEN'],
];

const NEEDED: readonly Name[] = ['GH_APP_ID', 'GH_APP_PRIVATE_KEY'];

const REQUIRED =
  'is required: a token that may manage runners; or else GH_APP_ID and GH_APP_PRIVATE_KEY of a GitHub App, or ' +
  'GH_REGISTRATION_TOKEN';

interface CredentialFault {
  readonly name: Name;
  readonly expected: string;
}

const faultsOf = (variables: CredentialVariables): readonly CredentialFault[] => {
  const isSet = (name: Name): boolean => variables[name] !== undefined;
  const given = KINDS.map((names) => names.filter(isSet)).filter((names) => names.length > 0);
  const [first, ...others] = given.flatMap(([name]) => name ?? []);
  if (first === undefined) return [{ name: 'GH_TOKEN', expected: REQUIRED }];
  if (others.length > 0) {
    const expected = `excludes ${others.join(' and ')}: leave one kind of credentials and unset the rest`;
    return [{ name: first, expected }];
  }
  if (!first.startsWith('GH_APP_')) return [];
  return NEEDED.filter((name) => !isSet(name)).map((name) => ({
    name,
    expected: 'is required: a GitHub App acts with its id and its private key',
  }));
};

const expectedOf = (variables: CredentialVariables, name: Name): string | undefined =>
  faultsOf(variables).find((fault) => fault.name === name)?.expected;

/** Find whether the variables make exactly one kind of credentials. */
export const credentialChecks: readonly z.core.$ZodCheck<CredentialVariables>[] = KINDS.flat().map(
  (name) =>
    z.refine<CredentialVariables>((variables) => expectedOf(variables, name) === undefined, {
      path: [name],
      error: ({ input }) => expectedOf(input as CredentialVariables, name),
      // It also runs beside a variable that is malformed: faults are told all at once.
      when: () => true,
    }),
);

/** What the credentials act through. */
export interface CredentialDeps {
  readonly send: Send;
  readonly clock: Clock;
  readonly scope: Scope;
}

/** The credentials that the variables make; undefined when they were not checked. */
export const createCredentials = (
  variables: CredentialVariables,
  { send, clock, scope }: CredentialDeps,
): Credentials | undefined => {
  const { GH_TOKEN, GH_APP_ID, GH_APP_PRIVATE_KEY, GH_APP_INSTALLATION_ID } = variables;
  if (GH_TOKEN !== undefined) return tokenCredentials(GH_TOKEN);
  if (variables.GH_REGISTRATION_TOKEN !== undefined) {
    return registrationTokenCredentials(variables.GH_REGISTRATION_TOKEN);
  }
  const privateKey = parsePrivateKey(GH_APP_PRIVATE_KEY ?? '');
  if (GH_APP_ID === undefined || privateKey === undefined) return undefined;
  const installationId =
    GH_APP_INSTALLATION_ID === undefined ? undefined : Number(GH_APP_INSTALLATION_ID);
  return createAppCredentials(
    { appId: GH_APP_ID, privateKey, installationId, scope },
    { send, clock },
  );
};
