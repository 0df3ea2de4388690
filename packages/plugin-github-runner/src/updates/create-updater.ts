import { describeError, type Served, type TapContext } from '@ci-runner/core';
import type { Outcome } from '../api/answer.ts';
import { aborted } from '../registration/configure-runner.ts';
import { findRelease } from './find-release.ts';
import { installRelease, removeInstallations } from './install-release.ts';
import { findInstallations, onlyOneBuiltAt, type Installation } from './installations.ts';
import { publishedAt } from './published-at.ts';
import { describeAge, isDue, releaseAgeDays } from './release-age.ts';
import { compareVersions, type Release } from './release.ts';

/** The release that is installed. */
export interface InstalledRelease {
  readonly version: string;
  /** In days since it was built or published; undefined when that is not known. */
  readonly ageDays: number | undefined;
}

/** Keeps the actions-runner of this machine young enough for GitHub. */
export interface Updater {
  /**
   * Installs an actions-runner where there is none, and replaces one that is due; what fails then only delays it. It does
   * not wait for what a single young one says of itself.
   */
  prepare(context: TapContext): Promise<void>;
  /** Where the actions-runner to start is. */
  directory(context: TapContext): string;
  /**
   * Looks at long intervals whether the actions-runner is due, and installs the newer one beside the one that runs.
   * Resolves with its version when {@link Updater.activate} can switch to it; rejects only when `signal` aborts.
   */
  untilReady(context: TapContext, signal: AbortSignal): Promise<string>;
  /**
   * Installs what GitHub offers if it is newer, whatever the age of the installed one, when the runner ended because GitHub
   * calls it deprecated: {@link Updater.activate} can switch to it then. It takes five minutes at most; what fails is logged.
   */
  installIfDeprecated(served: Served, context: TapContext): Promise<void>;
  /** Switches to what has been installed beside the one that ran; answers whether there was anything. */
  activate(context: TapContext): Promise<boolean>;
  /** What is installed, at this time in milliseconds since the epoch; undefined when nothing was found. */
  installed(now: number): InstalledRelease | undefined;
}

/** The settings of {@link createUpdater}. */
export interface UpdaterOptions {
  /** Whether anything is downloaded at all. */
  readonly enabled: boolean;
  /** Guest's directory for the actions-runner. */
  readonly root: (context: TapContext) => string;
  /** One attempt at `GET …/actions/runners/downloads`. */
  readonly list: (signal: AbortSignal, context: TapContext) => Promise<Outcome>;
  /** A connection that brings nothing for this long is given up, in milliseconds. @default 60000 */
  readonly stallMs?: number;
}

/** What the Listener says before it ends; its exit code is 1, or 7 where a variable asks for that. */
const DEPRECATED = /deprecated and cannot receive messages/;

const HOUR_MS = 60 * 60_000;

/** Spread, so that a fleet does not ask at once; a thousand runners make 56 calls an hour. */
const checkIntervalMs = (): number => (12 + Math.random() * 12) * HOUR_MS;

/** A boot without any actions-runner has to wait for GitHub. */
const FIRST_INSTALL_PATIENCE_MS = 10 * 60_000;
/** A stop that comes meanwhile waits for it. */
const DEPRECATED_LIMIT_MS = 5 * 60_000;
const CHECK_LIMIT_MS = 10_000;
const STALL_MS = 60_000;

const NEVER = new AbortController().signal;

const goOnAfter = (error: unknown, signal: AbortSignal, { log }: TapContext): undefined => {
  signal.throwIfAborted();
  log.warn(`the installed actions-runner is not replaced: ${describeError(error)}`, {
    event: 'runner-update-failed',
  });
  return undefined;
};

/** Makes the updater of one run. */
export const createUpdater = ({
  enabled,
  root,
  list,
  stallMs = STALL_MS,
}: UpdaterOptions): Updater => {
  let active: Installation | undefined;
  let ready: Installation | undefined;
  let nextCheckAt = 0;
  /** Ends when `active` is known. */
  let found: Promise<void> = Promise.resolve();

  const ageDays = (now: number): number | undefined =>
    active && releaseAgeDays(active.builtAt, now);

  const ask = async (
    context: TapContext,
    signal: AbortSignal,
    patienceMs: number,
  ): Promise<Release> => {
    const { clock, log } = context;
    const now = clock.now();
    nextCheckAt = now + checkIntervalMs();
    const patience = { clock, log, signal, end: now + patienceMs };
    return findRelease(async () => list(signal, context), patience);
  };

  const install = async (
    release: Release,
    context: TapContext,
    signal: AbortSignal,
  ): Promise<Installation> =>
    installRelease({ release, root: root(context), signal, stallMs }, context);

  /** One attempt: the installed one goes on without an answer. */
  const askForNewer = async (
    { version }: Installation,
    context: TapContext,
    signal: AbortSignal,
  ): Promise<Release | undefined> => {
    const limited = AbortSignal.any([signal, AbortSignal.timeout(CHECK_LIMIT_MS)]);
    const release = await ask(context, limited, 0);
    return compareVersions(release.version, version) > 0 ? release : undefined;
  };

  /** The files may have lost their times on the way into an image: GitHub's own is asked before they are believed. */
  const isYoung = async (
    installed: Installation,
    release: Release,
    { clock }: TapContext,
    signal: AbortSignal,
  ): Promise<boolean> => {
    if (isDue(ageDays(clock.now()))) return false;
    const published = await publishedAt(installed.version, release, signal);
    if (published !== undefined && published < installed.builtAt) {
      active = { ...installed, builtAt: published };
    }
    return !isDue(ageDays(clock.now()));
  };

  const installIfDue = async (
    installed: Installation,
    context: TapContext,
    signal: AbortSignal,
  ): Promise<Installation | undefined> => {
    const { log, clock } = context;
    const release = await askForNewer(installed, context, signal);
    if (release === undefined) return undefined;
    const young = await isYoung(installed, release, context, signal);
    const age = describeAge(ageDays(clock.now()));
    const story = `actions-runner ${installed.version} (${age}), GitHub offers ${release.version}`;
    log.info(young ? `${story}: not due yet` : `${story}: updating`);
    return young ? undefined : install(release, context, signal);
  };

  const tryToUpdate = async (
    installed: Installation,
    context: TapContext,
    signal: AbortSignal,
  ): Promise<Installation | undefined> =>
    installIfDue(installed, context, signal).catch((error: unknown) =>
      goOnAfter(error, signal, context),
    );

  const installFirst = async (context: TapContext): Promise<Installation> => {
    const { signal, log } = context;
    log.info(`there is no actions-runner in ${root(context)}: installing one`);
    return install(await ask(context, signal, FIRST_INSTALL_PATIENCE_MS), context, signal);
  };

  const tidy = async (context: TapContext): Promise<void> => {
    await removeInstallations(root(context), active?.directory, context);
  };

  const sayVersion = ({ clock, log }: TapContext): void => {
    if (active === undefined) return;
    const { version } = active;
    const age = ageDays(clock.now());
    log.info(`actions-runner ${version}, ${describeAge(age)}`, {
      event: 'runner-version',
      version,
      ageDays: age,
    });
  };

  const find = async (context: TapContext): Promise<void> => {
    [active] = await findInstallations(root(context), context);
  };

  /** Nothing can be due before GitHub is asked, which {@link Updater.untilReady} does first of all. */
  const isCertain = async (context: TapContext): Promise<boolean> => {
    const builtAt = await onlyOneBuiltAt(root(context));
    if (builtAt === undefined) return false;
    return !enabled || !isDue(releaseAgeDays(builtAt, context.clock.now()));
  };

  return {
    prepare: async (context) => {
      if (await isCertain(context)) {
        const ended = find(context).then(() => sayVersion(context));
        found = ended.catch((error: unknown) => goOnAfter(error, NEVER, context));
        return;
      }
      await find(context);
      if (enabled) {
        active = active
          ? ((await tryToUpdate(active, context, context.signal)) ?? active)
          : await installFirst(context);
        await tidy(context);
      }
      sayVersion(context);
    },
    directory: (context) => active?.directory ?? root(context),
    untilReady: async (context, signal) => {
      await found;
      if (!enabled || active === undefined) return aborted(signal);
      const { clock } = context;
      while (ready === undefined) {
        await clock.sleep(Math.max(0, nextCheckAt - clock.now()), signal);
        ready = await tryToUpdate(active, context, signal);
      }
      return ready.version;
    },
    installIfDeprecated: async ({ reason }, context) => {
      await found;
      if (!enabled || active === undefined || !DEPRECATED.test(reason)) return;
      const signal = AbortSignal.any([context.signal, AbortSignal.timeout(DEPRECATED_LIMIT_MS)]);
      const installed = active;
      const installNewer = async (): Promise<Installation | undefined> => {
        const release = await askForNewer(installed, context, signal);
        return release && install(release, context, signal);
      };
      ready = await installNewer().catch((error: unknown) =>
        goOnAfter(error, context.signal, context),
      );
    },
    activate: async (context) => {
      if (ready === undefined) return false;
      active = ready;
      ready = undefined;
      await tidy(context);
      context.log.info(`actions-runner ${active.version} is installed`, {
        event: 'runner-updated',
        version: active.version,
      });
      return true;
    },
    installed: (now) => active && { version: active.version, ageDays: ageDays(now) },
  };
};
