import { describeError, type TapContext } from '@ci-runner/core';
import { aborted } from '../registration/configure-runner.ts';
import { findRelease } from './find-release.ts';
import { installRelease, removeInstallations } from './install-release.ts';
import { findInstallations, onlyOneBuiltAt, type Installation } from './installations.ts';
import { publishedAt } from './published-at.ts';
import { describeAge, isDue, releaseAgeDays } from './release-age.ts';
import { compareVersions, type Release } from './release.ts';
import type { Updater, UpdaterOptions } from './updater.ts';

/** What the Listener says before it ends; its exit code is 1, or 7 where a variable asks for that. */
const DEPRECATED = /deprecated and cannot receive messages/;

const HOUR_MS = 60 * 60_000;

/**
 * A young actions-runner is not asked about at once: a fleet that starts together asks at different times, and the first
 * question to GitHub costs memory.
 */
const FIRST_CHECK_WITHIN_MS = HOUR_MS;

/** Spread, so that a fleet does not ask at once; a thousand runners make 56 calls an hour. */
const checkIntervalMs = (): number => (12 + Math.random() * 12) * HOUR_MS;

/** A boot without any actions-runner has to wait for GitHub. */
const FIRST_INSTALL_PATIENCE_MS = 10 * 60_000;
/** A stop that comes meanwhile waits for it. */
const DEPRECATED_LIMIT_MS = 5 * 60_000;
const CHECK_LIMIT_MS = 10_000;
const STALL_MS = 60_000;

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
  const over = new AbortController();

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
    const signal = AbortSignal.any([context.signal, over.signal]);
    [active] = await findInstallations(root(context), context, signal);
  };

  /** Looks again where the first look, at the boot, has failed. */
  const know = async (context: TapContext, signal: AbortSignal): Promise<void> => {
    await Promise.race([found, aborted(signal)]);
    if (active === undefined) await find(context);
  };

  /** Nothing can be due before GitHub is asked, which {@link Updater.untilReady} does within an hour. */
  const isCertain = async (context: TapContext): Promise<boolean> => {
    const builtAt = await onlyOneBuiltAt(root(context));
    if (builtAt === undefined) return false;
    return !enabled || !isDue(releaseAgeDays(builtAt, context.clock.now()));
  };

  return {
    prepare: async (context) => {
      if (await isCertain(context)) {
        nextCheckAt = context.clock.now() + Math.random() * FIRST_CHECK_WITHIN_MS;
        // It fails only when it is cut off.
        found = find(context).then(
          () => sayVersion(context),
          () => {},
        );
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
      await know(context, signal);
      if (!enabled || active === undefined) return aborted(signal);
      const { clock } = context;
      while (ready === undefined) {
        await clock.sleep(Math.max(0, nextCheckAt - clock.now()), signal);
        ready = await tryToUpdate(active, context, signal).catch((error: unknown) => {
          // It was cut off, as by the end of a runner that takes one job: the next one takes it up at once.
          nextCheckAt = 0;
          throw error;
        });
      }
      return ready.version;
    },
    installIfDeprecated: async ({ reason }, context) => {
      if (ready !== undefined) return;
      await know(context, context.signal);
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
    close: () => over.abort(),
    installed: (now) => active && { version: active.version, ageDays: ageDays(now) },
  };
};
