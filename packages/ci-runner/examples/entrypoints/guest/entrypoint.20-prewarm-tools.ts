import {
  createSshTransport,
  loadSlot,
  StorageError,
  type SlotTransport,
} from '@ci-runner/plugin-ci-storage/library';
import type { GuestEntrypoint } from 'ci-runner';

/** With the key that CI_STORAGE_PRIVATE_KEY has put into guest's home. */
const storageOf = (address: string, home: string): SlotTransport => {
  const [, user = 'guest', host = '', port] =
    /^(?:([^@]+)@)?([^:]+)(?::(\d+))?$/.exec(address) ?? [];
  return createSshTransport({
    user,
    host,
    port: port === undefined ? undefined : Number(port),
    identity: { keyFile: `${home}/.ssh/id_rsa`, knownHostsFile: `${home}/.ssh/known_hosts` },
    connectSeconds: 30,
  });
};

/** Fills a second directory from the storage, next to the workspace: tools that all repositories share. */
const prewarmTools: GuestEntrypoint = async ({ env, log, signal }) => {
  const address = env['CI_STORAGE_HOST'];
  if (address === undefined) return;
  const { HOME: home = '/home/guest' } = env;
  const directory = env['TOOLS_DIR'] ?? `${home}/tools`;
  try {
    const loaded = await loadSlot({
      transport: storageOf(address, home),
      path: env['TOOLS_STORAGE'] ?? '/mnt/shared/tools',
      slotIds: ['*'],
      directory,
      signal,
    });
    log.info(
      loaded.outcome === 'loaded'
        ? `${directory} has slot ${loaded.slot}`
        : 'there are no tools yet',
    );
  } catch (error) {
    // Jobs fetch for themselves what is missing: no reason to stop the boot.
    if (!(error instanceof StorageError)) throw error;
    log.warn(`the tools were not loaded: ${error.message}`);
  }
  env['TOOLS_DIR'] = directory;
};

export default prewarmTools;
