import type { Fault } from '../errors/fault.ts';
import type { Environment } from './environment.ts';

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

const isProxy = (value: string): boolean =>
  /^https?:$/.test(URL.parse(value)?.protocol ?? '') && !/[\r\n]/.test(value);

/** A fault for each variable that names a proxy which neither this process nor the actions-runner could use. */
export const checkProxies = (environment: Environment): readonly Fault[] =>
  VARIABLES.filter((name) => environment[name] !== undefined && !isProxy(environment[name])).map(
    // What it was set to may hold a password.
    (name) => ({ name, expected: 'takes the URL of a proxy, such as http://proxy.internal:3128' }),
  );
