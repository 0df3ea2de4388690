import type { ProxyEnv } from 'node:http';
import { isProxy } from '@ci-runner/core';

type Variables = Readonly<Record<string, string | undefined>>;

/**
 * What is asked directly, whatever NO_PROXY says: this machine, and the services that tell it who it is and lend it keys
 * (EC2, ECS and EKS). A proxy would be told who the proxy is.
 */
const DIRECT =
  'localhost,127.0.0.1-127.255.255.254,::1,[::1],169.254.169.254,fd00:ec2::254,[fd00:ec2::254],169.254.170.2,169.254.170.23,fd00:ec2::23,[fd00:ec2::23]';

/** The lower case wins, as it does for curl and the actions-runner; what is empty counts as unset. */
const valueOf = (environment: Variables, name: string): string | undefined =>
  environment[name] || environment[name.toUpperCase()] || undefined;

/** The proxies that the variables name, as Node takes them; undefined where there is none that it could use: that is a fault of the configuration. */
export const findProxies = (environment: Variables): ProxyEnv | undefined => {
  const proxies = ['https_proxy', 'http_proxy']
    .map((name) => [name, valueOf(environment, name)] as const)
    .filter(([, url]) => url !== undefined && isProxy(url));
  if (proxies.length === 0) return undefined;
  const given = valueOf(environment, 'no_proxy');
  // A star counts when it stands alone.
  const direct = given === '*' ? [] : [DIRECT];
  return { ...Object.fromEntries(proxies), no_proxy: [given ?? [], direct].flat().join(',') };
};

/** Leads the requests of this process through the proxies that the variables name, as the actions-runner and jobs do by themselves. */
export const useProxies = (environment: Variables): void => {
  const proxies = findProxies(environment);
  // An import of it evaluates more than most boots need.
  if (proxies) process.getBuiltinModule('node:http').setGlobalProxyFromEnv(proxies);
};
