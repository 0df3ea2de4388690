import { once } from 'node:events';
import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { canContain, startContained } from '../rehearse/contain.ts';
import { MISCONFIGURED } from '../rehearse/build-report.ts';
import { conduct } from '../rehearse/conduct.ts';
import { findMetaFiles } from '../rehearse/leftovers.ts';
import { printMeans, printRecord, printReport } from '../rehearse/print-report.ts';
import type { LogRecord } from '../rehearse/supervisor.ts';
import { choosePlace } from '../rehearse/temporary-directory.ts';
import { startWatchdog } from '../rehearse/watchdog.ts';
import { startLiveView, type LiveView } from '../live/live-view.ts';
import { RUN } from '../live/task-list.ts';
import { checkTarget, deliverPage, writePage } from '../report/report-file.ts';
import type { CommandIo } from './command-io.ts';
import { findUsersConfig } from './find-users-config.ts';

/** The options of `ci-runner rehearse`. */
export interface RehearseOptions {
  readonly config?: string;
  readonly json?: boolean;
  readonly verbose?: boolean;
  /** Where to write a page for the browser. */
  readonly report?: string;
  /** The directory of a rehearsal that has been contained already. Not for people. */
  readonly contained?: string;
}

const FAILED = 70;

/** Lines that are there for the report only. */
const isTrace = ({ event }: LogRecord): boolean => event === 'tap' || event === 'prewarm-sample';

/** How many of the supervisor's last lines a failed rehearsal shows. */
const TAIL = 30;

const rehearseHere = async (
  io: CommandIo,
  options: RehearseOptions,
  directory: string,
  signal: AbortSignal,
): Promise<number> => {
  const lines: string[] = [];
  const tell = options.json ? (): void => {} : io.write;
  const screen = options.json || options.verbose ? undefined : io.terminal;
  let view: LiveView | undefined;
  const found = await findUsersConfig(io, options.config);
  const report = await conduct({
    self: io.self,
    directory,
    contained: options.contained !== undefined,
    environment: io.environment,
    found,
    signal,
    onMeans: (means) => {
      tell(printMeans(found.file, means));
      if (screen) view = startLiveView(screen, { tasks: RUN });
      else tell('\n');
    },
    onRecord: (record) => {
      view?.take(record);
      if (isTrace(record)) return;
      lines.push(record.message);
      if (options.verbose) io.complain(`${record.message}\n`);
      else if (view === undefined) tell(printRecord(record));
    },
  }).finally(() => view?.end());
  if (options.report !== undefined) await writePage(directory, report, found.file);
  io.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : printReport(report));
  if (!report.ok && !options.verbose && report.exitCode !== MISCONFIGURED) {
    io.complain(`The supervisor's last lines:\n${lines.slice(-TAIL).join('\n')}\n`);
  }
  if (report.ok) return 0;
  return report.exitCode === MISCONFIGURED ? MISCONFIGURED : FAILED;
};

const rehearseContained = async (
  io: CommandIo,
  options: RehearseOptions,
  directory: string,
  signal: AbortSignal,
): Promise<number> => {
  const flags = [
    ...(options.json ? ['--json'] : []),
    ...(options.verbose ? ['--verbose'] : []),
    ...(options.report === undefined ? [] : ['--report', options.report]),
    ...(options.config === undefined
      ? []
      : ['--config', resolve(io.workingDirectory, options.config)]),
  ];
  const command = [...io.self, 'rehearse', '--contained', directory, ...flags];
  const child = await startContained(command, directory, io.environment);
  // Its death takes everything in its namespaces along, so that nothing needs to be asked politely.
  const kill = (): boolean => child.kill('SIGKILL');
  signal.addEventListener('abort', kill, { once: true });
  if (signal.aborted) kill();
  const [code] = (await once(child, 'exit')) as [number | null];
  return code ?? FAILED;
};

const rehearseIn = async (
  directory: string,
  io: CommandIo,
  options: RehearseOptions,
  signal: AbortSignal,
): Promise<number> => {
  // Before there is anything to remove.
  startWatchdog(directory, io.environment['PATH'] ?? '/usr/bin:/bin');
  try {
    await mkdir(directory);
    await mkdir(join(directory, 'home'));
    const code = (await canContain())
      ? await rehearseContained(io, options, directory, signal)
      : await rehearseHere(io, options, directory, signal);
    if (options.report !== undefined && (await deliverPage(directory, options.report))) {
      if (!options.json) io.write(`report: ${options.report}\n`);
    }
    return code;
  } finally {
    // A rehearsal that was killed could not remove what it has outside of its directory.
    for (const path of [directory, ...(await findMetaFiles(directory))]) {
      await rm(path, { recursive: true, force: true });
    }
  }
};

/** As a shell puts it: 128 and the number of the signal. */
const SIGNAL_CODES = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 };

/**
 * Rehearses the whole lifecycle on this machine. Resolves to the exit code: 0 when everything was as it should be, 78
 * when a setting is at fault, 70 when something else was not, 128 and the signal's number when a signal ended it.
 */
export const rehearse = async (io: CommandIo, options: RehearseOptions): Promise<number> => {
  // Several accounts work in the rehearsal's directory, whatever the caller's files are made for.
  process.umask(0o022);
  const end = new AbortController();
  let endedBy: keyof typeof SIGNAL_CODES | undefined;
  const ignore = io.onEnd({
    signal: (name) => {
      endedBy = name;
      end.abort(new Error(`ended by ${name}`));
    },
    failure: (thrown) => end.abort(thrown),
  });
  try {
    if (options.contained !== undefined) {
      return await rehearseHere(io, options, options.contained, end.signal);
    }
    const { directory, remark } = await choosePlace(io);
    if (remark !== undefined) io.complain(`${remark}\n`);
    const file = options.report;
    const target =
      file === undefined ? {} : { report: await checkTarget(file, io.workingDirectory) };
    const code = await rehearseIn(directory, io, { ...options, ...target }, end.signal);
    if (endedBy === undefined) return code;
    io.complain(`The rehearsal was ended by ${endedBy}.\n`);
    return SIGNAL_CODES[endedBy];
  } finally {
    ignore();
  }
};
