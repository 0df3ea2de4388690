import type { Lead } from '../status/lead.ts';
import type { Traffic } from '../status/traffic.ts';
import type { HaproxyPort } from './haproxy-config.ts';
import { sectionName } from './servers.ts';

/** Frontends (1) and servers (4) of all sections. */
export const SHOW_STAT = 'show stat -1 5 -1';

const COLUMNS = ['status', 'check_status', 'addr', 'scur', 'stot', 'bin', 'bout'] as const;

type Row = Readonly<Partial<Record<(typeof COLUMNS)[number], string>>>;

/** The rows of the statistics, by `section/server`. */
export type Stat = ReadonlyMap<string, Row>;

/** Reads haproxy's answer to {@link SHOW_STAT}; its first line names the columns. */
export const readStat = (csv: string): Stat => {
  const [header = '', ...lines] = csv.trim().split('\n');
  const names = header.replace(/^# /, '').split(',');
  const places = COLUMNS.map((column) => [column, names.indexOf(column)] as const);
  return new Map(
    lines.map((line) => {
      const cells = line.split(',');
      const row: Row = Object.fromEntries(places.map(([column, place]) => [column, cells[place]]));
      return [`${cells[0]}/${cells[1]}`, row];
    }),
  );
};

/** How a port fares. */
export interface PortStat {
  /** Where it leads to: `none` while no host answers, `unknown` until it is known whether one does. */
  readonly lead: Lead | 'none' | 'unknown';
  readonly traffic: Traffic;
}

const isUp = ({ status = '' }: Row): boolean => status.startsWith('UP');

/** A server counts as up until its first check has ended, and one that gets an address later has no first check. */
const hasAnswered = ({ check_status: check = '', bout }: Row): boolean =>
  !['', 'INI'].includes(check.replace(/^\* ?/, '')) || Number(bout) > 0;

/** Without the port, and without the brackets of IPv6. */
const addressIn = ({ addr = '' }: Row): string =>
  addr.replace(/:\d+$/, '').replaceAll(/^\[|\]$/g, '');

const leadOf = (stat: Stat, { port, servers }: HaproxyPort): PortStat['lead'] => {
  for (const { name, host, isJudged } of servers) {
    const row = stat.get(`${sectionName({ port })}/${name}`) ?? {};
    if (isJudged && isUp(row)) {
      return hasAnswered(row) ? { host, address: addressIn(row) } : 'unknown';
    }
  }
  return 'none';
};

/** How `port` fares; undefined when the statistics do not speak of it. */
export const readPortStat = (stat: Stat, entry: HaproxyPort): PortStat | undefined => {
  const front = stat.get(`${sectionName(entry)}/FRONTEND`);
  if (front === undefined) return undefined;
  return {
    lead: leadOf(stat, entry),
    traffic: {
      open: Number(front.scur),
      total: Number(front.stot),
      bytesSent: Number(front.bin),
      bytesReceived: Number(front.bout),
    },
  };
};
