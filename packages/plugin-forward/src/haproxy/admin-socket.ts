import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { serverName } from './haproxy-config.ts';

/** haproxy answers within milliseconds. */
const ANSWER_LIMIT_MS = 2_000;

/** Sends commands to haproxy's admin socket; resolves to its answers. */
const ask = async (path: string, commands: readonly string[]): Promise<string> => {
  const socket = connect({ path });
  socket.setTimeout(ANSWER_LIMIT_MS, () =>
    socket.destroy(new Error(`haproxy gave no answer within ${ANSWER_LIMIT_MS} ms`)),
  );
  socket.write(`${commands.join(';')}\n`);
  try {
    return await text(socket);
  } finally {
    socket.destroy();
  }
};

/** Whether haproxy runs. It opens all of its ports before it answers. */
export const isServing = async (path: string): Promise<boolean> => {
  try {
    return (await ask(path, ['show info'])).includes('Pid:');
  } catch {
    return false;
  }
};

const ACCEPTED = /IP changed|no need to change/g;

/** Makes every port lead to this address; open connections stay where they are. */
export const moveServers = async (
  path: string,
  ports: readonly number[],
  address: string,
): Promise<void> => {
  const commands = ports.flatMap((port) => [
    `set server ${serverName(port)} addr ${address}`,
    `set server ${serverName(port)} state ready`,
  ]);
  const answer = await ask(path, commands);
  if ((answer.match(ACCEPTED) ?? []).length < ports.length) {
    throw new Error(`haproxy did not take the address ${address}: ${answer.trim()}`);
  }
};
