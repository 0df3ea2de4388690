import { createRunner, maskEnvironment, systemEffects } from '@ci-runner/core';
import { findConfig } from '../config/find-config.ts';
import type { CommandIo } from './command-io.ts';

type Variables = Readonly<Record<string, string | undefined>>;

const GUEST = 'guest';

interface Guest {
  readonly name: string;
  readonly environment: Variables;
}

const configured = async (io: CommandIo): Promise<Guest> => {
  const { config } = await findConfig({ file: io.environment['CI_RUNNER_CONFIG'] || undefined });
  const runner = createRunner({ config, environment: io.environment, write: () => {} });
  const { config: settings, environment } = await runner.check();
  return { name: settings.user, environment };
};

/** Without the plugins nobody knows which variables are secrets: whatever looks like one is left out. */
const suspicious = (environment: Variables): Variables => {
  const mask = maskEnvironment(environment);
  return Object.fromEntries(
    Object.entries(environment).filter(([, value]) => value && mask(value) === value),
  );
};

/**
 * Prints the variables that a shell of guest's may have, each ended by a NUL: those of this process without the secrets of
 * any plugin, and who guest is. Where the settings are at fault it says so, and goes by the variables' names.
 */
export const environment = async (io: CommandIo): Promise<number> => {
  const found = await configured(io).catch((): Guest => {
    io.complain(
      'The settings are at fault, as `ci-runner check` says: variables whose names look like those of secrets are left out.\n',
    );
    return {
      name: io.environment['CI_RUNNER_USER'] || GUEST,
      environment: suspicious(io.environment),
    };
  });
  const guest = await systemEffects.users.find(found.name);
  const variables = {
    ...found.environment,
    ...(guest && { HOME: guest.home, USER: guest.name, LOGNAME: guest.name, SHELL: guest.shell }),
  };
  io.write(
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\0`)
      .join(''),
  );
  return guest ? 0 : 1;
};
