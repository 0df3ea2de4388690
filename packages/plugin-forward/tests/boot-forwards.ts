import { forward, type ForwardOptions } from '../src/index.ts';
import { boot, type Booted } from './boot.ts';
import { TARGET } from './services.ts';

/** Boots a runner that forwards these ports to the target. */
export const bootForwards = async (
  ports: string,
  engine: NonNullable<ForwardOptions['engine']>,
): Promise<Booted> => boot(forward({ engine }), { FORWARD_HOST: TARGET, FORWARD_PORTS: ports });

/** What the log says of each forward, for machines. */
export const forwardEvents = ({ records }: Pick<Booted, 'records'>): unknown[] =>
  records
    .filter(({ event }) => event === 'forward')
    .map(({ port, protocol, target, engine, ok }) => ({ port, protocol, target, engine, ok }));
