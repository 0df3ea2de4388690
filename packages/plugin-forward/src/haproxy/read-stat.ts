import type { Traffic } from '../status/traffic.ts';
import { LAST_RESORT, sectionName, serverName, type HaproxyPort } from './haproxy-config.ts';

/** Frontends (1) and servers (4) of all sections. */
export const SHOW_STAT = 'show stat -1 5 -1';

/** How a port fares. */
export interface PortStat {
  /** The index of the host that it leads to; undefined when none answers. */
  readonly host: number | undefined;
  readonly traffic: Traffic;
}

type Row = ReadonlyMap<string, string>;

/** The rows of `show stat`, by `section/server`. Its first line names the columns. */
const readRows = (csv: string): ReadonlyMap<string, Row> => {
  const [header = '', ...lines] = csv.trim().split('\n');
  const columns = header.replace(/^# /, '').split(',');
  const rows = lines.map((line): Row => {
    const cells = line.split(',');
    return new Map(columns.map((column, index) => [column, cells[index] ?? '']));
  });
  return new Map(rows.map((row) => [`${row.get('pxname')}/${row.get('svname')}`, row]));
};

const numberIn = (row: Row | undefined, column: string): number => Number(row?.get(column) ?? 0);

/** A server counts as up until its first check has ended. */
const isChecked = (row: Row | undefined): boolean =>
  !['', 'INI'].includes(row?.get('check_status')?.replace(/^\* ?/, '') ?? '');

const isUp = (row: Row | undefined): boolean => row?.get('status')?.startsWith('UP') ?? false;

const isDisabled = (row: Row | undefined): boolean =>
  row?.get('status')?.startsWith('MAINT') ?? false;

/** How `port` fares, as this answer to {@link SHOW_STAT} says; undefined while its hosts are still being checked. */
export const readPortStat = (csv: string, { port, hosts }: HaproxyPort): PortStat | undefined => {
  const rows = readRows(csv);
  const section = sectionName(port);
  const servers = hosts.map((_host, index) => rows.get(`${section}/${serverName(index)}`));
  if (!servers.every((row) => isChecked(row) || isDisabled(row))) return undefined;
  const host = servers.findIndex(isUp);
  const front = rows.get(`${section}/FRONTEND`);
  return {
    host: host === -1 ? undefined : host,
    traffic: {
      open: numberIn(front, 'scur'),
      total: numberIn(front, 'stot'),
      bytesSent: numberIn(front, 'bin'),
      bytesReceived: numberIn(front, 'bout'),
    },
  };
};

/** The servers of a port that lead to the host of this index. */
export const serversOf = (
  { port }: { readonly port: number },
  index: number,
): readonly string[] => [
  `${sectionName(port)}/${serverName(index)}`,
  ...(index === 0 ? [`${sectionName(port)}/${LAST_RESORT}`] : []),
];
