// A name server: `name-server-program.ts ADDRESS FILE`. FILE holds a JSON object of names and their addresses, and is read for
// every query; other names do not exist. It writes every query to stdout, one a line, and `ready` first.
import { createSocket } from 'node:dgram';
import { readFileSync } from 'node:fs';
import { isIPv6 } from 'node:net';

const [address, file = ''] = process.argv.slice(2);

const HEADER_BYTES = 12;
const TYPES = { A: 1, AAAA: 28 } as const;
const ANSWER = 0x81_80;
const NO_SUCH_NAME = 0x81_83;
const NAME_OF_THE_QUESTION = [0xc0, HEADER_BYTES];
const CLASS_AND_TTL = [0, 1, 0, 0, 0, 1];

interface Question {
  readonly name: string;
  readonly type: number;
  /** Where it ends in the query. */
  readonly end: number;
}

const readQuestion = (query: Buffer): Question => {
  const labels: string[] = [];
  let at = HEADER_BYTES;
  for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
    labels.push(query.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.'), type: query.readUInt16BE(at + 1), end: at + 5 };
};

const groups = (text: string): string[] => text.split(':').filter(Boolean);

const bytesOf = (one: string): number[] => {
  if (!isIPv6(one)) return one.split('.').map(Number);
  const [before = '', after = ''] = one.split('::');
  const zeros = Array.from({ length: 8 - groups(before).length - groups(after).length }, () => '0');
  return [...groups(before), ...zeros, ...groups(after)].flatMap((group) => {
    const value = Number.parseInt(group, 16);
    return [value >> 8, value & 0xff];
  });
};

const answer = (query: Buffer): Buffer => {
  const { name, type, end } = readQuestion(query);
  const known = (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string[]>)[name];
  const found = (known ?? []).filter((one) => type === (isIPv6(one) ? TYPES.AAAA : TYPES.A));
  const records = found.map((one) => {
    const bytes = bytesOf(one);
    return Buffer.from([
      ...NAME_OF_THE_QUESTION,
      0,
      type,
      ...CLASS_AND_TTL,
      0,
      bytes.length,
      ...bytes,
    ]);
  });
  const header = Buffer.alloc(HEADER_BYTES);
  query.copy(header, 0, 0, 2);
  header.writeUInt16BE(known ? ANSWER : NO_SUCH_NAME, 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(records.length, 6);
  process.stdout.write(`${type} ${name}\n`);
  return Buffer.concat([header, query.subarray(HEADER_BYTES, end), ...records]);
};

const socket = createSocket('udp4');
socket.on('message', (query, from) => socket.send(answer(query), from.port, from.address));
socket.bind({ address: address ?? '', port: 53 }, () => process.stdout.write('ready\n'));
