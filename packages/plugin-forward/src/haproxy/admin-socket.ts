import { connect } from 'node:net';

/** haproxy answers within milliseconds. */
const ANSWER_LIMIT_MS = 2_000;

/** In characters. The statistics of a port with a dozen servers have about 10,000. */
const LONGEST_ANSWER = 2 ** 25;

/**
 * Sends commands to haproxy's admin socket; resolves to its answers. Jobs run as the account of haproxy and can put another
 * program in its place, whose answer might never end.
 *
 * @throws Error when it cannot be reached or does not answer.
 */
export const askHaproxy = async (path: string, commands: readonly string[]): Promise<string> => {
  const socket = connect({ path });
  const limit = setTimeout(
    () => socket.destroy(new Error(`haproxy gave no answer within ${ANSWER_LIMIT_MS} ms`)),
    ANSWER_LIMIT_MS,
  );
  socket.setEncoding('utf8').write(`${commands.join(';')}\n`);
  try {
    let answer = '';
    for await (const part of socket) {
      answer += part as string;
      if (answer.length > LONGEST_ANSWER) throw new Error('haproxy gave an answer without an end');
    }
    return answer;
  } finally {
    clearTimeout(limit);
    socket.destroy();
  }
};

/** Whether haproxy runs. It opens all of its ports before it answers. */
export const isServing = async (path: string): Promise<boolean> => {
  try {
    return (await askHaproxy(path, ['show info'])).includes('Pid:');
  } catch {
    return false;
  }
};

/** A server of the configuration, written `section/server`, and the address that it is to have; undefined for none. */
export interface ServerMove {
  readonly server: string;
  readonly address: string | undefined;
}

const ACCEPTED = /IP changed|no need to change/g;

/** haproxy reads commands of at most 16 kB at once (tune.bufsize). */
const MOST_AT_ONCE = 50;

const commandsOf = ({ server, address }: ServerMove): string[] =>
  address === undefined
    ? [`set server ${server} state maint`]
    : [`set server ${server} addr ${address}`, `set server ${server} state ready`];

const moveSome = async (path: string, moves: readonly ServerMove[]): Promise<void> => {
  const answer = await askHaproxy(path, moves.flatMap(commandsOf));
  const expected = moves.filter(({ address }) => address !== undefined).length;
  if ((answer.match(ACCEPTED) ?? []).length < expected) {
    throw new Error(`haproxy did not take a new address: ${answer.trim()}`);
  }
};

/**
 * Gives servers other addresses; open connections stay where they are.
 *
 * @throws Error when haproxy does not take one of them.
 */
export const moveServers = async (path: string, moves: readonly ServerMove[]): Promise<void> => {
  for (let first = 0; first < moves.length; first += MOST_AT_ONCE) {
    await moveSome(path, moves.slice(first, first + MOST_AT_ONCE));
  }
};
