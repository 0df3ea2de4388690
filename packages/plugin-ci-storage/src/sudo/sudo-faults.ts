import { access } from 'node:fs/promises';
import { whyReplaceable, type Fault, type TapContext } from '@ci-runner/core';
import type { SudoGrant } from './grant-sudo.ts';
import { VISUDO } from './sudoers.ts';

const NAME = 'option of ci-storage sudo';

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

const commandFault = async (command: string): Promise<Fault | undefined> => {
  const name = `${NAME}.command`;
  if (!(await exists(command))) {
    return {
      name,
      got: command,
      expected: 'takes the path of the command ci-storage, and nothing is there',
    };
  }
  const why = await whyReplaceable(command);
  if (why === undefined) return undefined;
  return { name, got: command, expected: `takes a program that root alone can replace (${why})` };
};

/** What keeps sudo from being granted, apart from the directories. */
export const sudoFaults = async (
  { supervisor }: TapContext,
  { command, host }: Pick<SudoGrant, 'command'> & { readonly host: string | undefined },
): Promise<readonly Fault[]> => {
  const faults: (Fault | undefined)[] = [
    supervisor.uid === 0
      ? undefined
      : {
          name: NAME,
          expected:
            'takes a supervisor that is root, which alone can grant it: leave it out, or start as root',
        },
    host === undefined
      ? { name: NAME, expected: 'is for a storage host: set CI_STORAGE_HOST, or leave it out' }
      : undefined,
    (await exists(VISUDO))
      ? undefined
      : { name: NAME, expected: `takes sudo, and there is no ${VISUDO}: install the package sudo` },
    await commandFault(command),
  ];
  return faults.filter((fault) => fault !== undefined);
};
