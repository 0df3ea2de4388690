import type { Fault } from '../errors/fault.ts';
import type { Environment } from './environment.ts';

const VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'];

const canDecode = (text: string): boolean => {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
};

/** Whether Node takes it for the URL of a proxy; what it does not take, it throws at. */
export const isProxy = (value: string): boolean => {
  const url = URL.parse(value);
  if (url === null || /[\r\n]/.test(value)) return false;
  return /^https?:$/.test(url.protocol) && canDecode(url.username) && canDecode(url.password);
};

/** A fault for each variable that names a proxy which neither this process nor the actions-runner could use. */
export const checkProxies = (environment: Environment): readonly Fault[] =>
  VARIABLES.filter((name) => environment[name] !== undefined && !isProxy(environment[name])).map(
    // What it was set to may hold a password.
    (name) => ({
      name,
      expected:
        'takes the URL of a proxy, such as http://proxy.internal:3128, with %25 for a % in its password',
    }),
  );
