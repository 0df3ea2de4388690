import { createPrivateKey, generateKeyPairSync, type KeyObject, randomUUID } from 'node:crypto';
import { sign } from 'hono/jwt';
import type { EmbeddedGitHub } from '../src/index.ts';

/** An answer with its body, which is undefined when it is not JSON. */
export interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests read bodies of many forms, and fail where one differs
  body: any;
}

interface CallOptions {
  method?: string;
  authorization?: string;
  headers?: Record<string, string>;
  body?: unknown;
  signal?: AbortSignal;
}

export async function call(url: string, options: CallOptions = {}): Promise<Answer> {
  const { method = 'GET', authorization, headers = {}, body, signal } = options;
  const response = await fetch(url, {
    method,
    headers: {
      ...(authorization !== undefined && { authorization }),
      ...(body !== undefined && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
    ...(signal && { signal }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    body: text === '' ? undefined : JSON.parse(text),
  };
}

/** Calls the REST API about the runners of `octo/app`, or of another scope, with the personal access token. */
export function rest(
  github: EmbeddedGitHub,
  path: string,
  { scope = 'repos/octo/app', ...options }: CallOptions & { scope?: string } = {},
): Promise<Answer> {
  return call(`${github.url}/api/v3/${scope}/actions/runners${path}`, {
    authorization: `Bearer ${github.token}`,
    ...options,
  });
}

interface RegisterOptions {
  labels?: string[];
  ephemeral?: boolean;
  groupId?: number;
  replace?: number;
  /** A registration token; a new one is made without it. */
  token?: string;
}

/** `.credentials_rsaparams`, in base64. */
type RsaParameters = Record<
  'd' | 'dp' | 'dq' | 'exponent' | 'inverseQ' | 'modulus' | 'p' | 'q',
  string
>;

const base64url = (value: string): string => Buffer.from(value, 'base64').toString('base64url');
const base64 = (value: string): string => Buffer.from(value, 'base64url').toString('base64');
const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** A runner's side of the wire, call by call. */
export class RunnerClient {
  readonly name: string;
  readonly #github: EmbeddedGitHub;
  readonly #scope: string;
  readonly #privateKey: KeyObject = keys.privateKey;
  readonly sessionId: string = randomUUID();
  id = 0;
  clientId = '';
  #accessToken = '';

  constructor(github: EmbeddedGitHub, name: string, scope: string = 'repos/octo/app') {
    this.#github = github;
    this.#scope = scope;
    this.name = name;
  }

  /** Registered, with a token and a session. */
  static async online(
    github: EmbeddedGitHub,
    name: string,
    { scope, ...options }: RegisterOptions & { scope?: string } = {},
  ): Promise<RunnerClient> {
    const client = new RunnerClient(github, name, scope);
    await client.register(options);
    await client.authorize();
    await client.openSession();
    return client;
  }

  get #url(): string {
    return `${this.#github.url}/${this.#scope.replace(/^(?:repos|orgs)\//, '')}`;
  }

  setUp(event: 'register' | 'remove', token: string): Promise<Answer> {
    return call(`${this.#github.url}/api/v3/actions/runner-registration`, {
      method: 'POST',
      authorization: `RemoteAuth ${token}`,
      body: { url: this.#url, runner_event: event },
    });
  }

  async register(options: RegisterOptions = {}): Promise<Answer> {
    const { labels = ['linux'], ephemeral = false, groupId = 1, replace } = options;
    const token =
      options.token ??
      (await rest(this.#github, '/registration-token', { method: 'POST', scope: this.#scope })).body
        .token;
    const setUp = await this.setUp('register', token);
    const { n = '', e = '' } = keys.publicKey.export({ format: 'jwk' });
    const answer = await call(`${this.#github.url}/api/v3/actions/runners/register`, {
      method: 'POST',
      authorization: `Bearer ${setUp.body.token}`,
      body: {
        url: this.#url,
        group_id: groupId,
        name: this.name,
        version: '2.336.0',
        updates_disabled: true,
        ephemeral,
        labels: [
          { id: 0, name: 'self-hosted', type: 'system' },
          ...labels.map((name) => ({ id: 0, name, type: 'user' })),
        ],
        public_key: `<RSAKeyValue><Modulus>${base64(n)}</Modulus><Exponent>${base64(e)}</Exponent></RSAKeyValue>`,
        ...(replace !== undefined && { runner_id: replace, replace: true }),
      },
    });
    this.id = answer.body.id;
    this.clientId = answer.body.authorization?.client_id;
    return answer;
  }

  /** Authorizes with the contents of `.credentials` and `.credentials_rsaparams`. */
  useCredentials(credentials: { Data: { ClientId: string } }, rsa: RsaParameters): Promise<Answer> {
    this.clientId = credentials.Data.ClientId;
    const { modulus, exponent, inverseQ, ...others } = rsa;
    const parts = Object.entries({ ...others, n: modulus, e: exponent, qi: inverseQ });
    const key = Object.fromEntries(parts.map(([name, value]) => [name, base64url(value)]));
    return this.authorize(createPrivateKey({ key: { kty: 'RSA', ...key }, format: 'jwk' }));
  }

  async authorize(privateKey: KeyObject = this.#privateKey): Promise<Answer> {
    const url = `${this.#github.url}/_oauth/token`;
    const now = Math.floor(Date.now() / 1000);
    const claims = { iss: this.clientId, sub: this.clientId, aud: url, jti: randomUUID() };
    const pem = privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
    const assertion = await sign({ ...claims, iat: now, exp: now + 300 }, pem, 'RS256');
    const response = await fetch(url, {
      method: 'POST',
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
        client_assertion: assertion,
      }),
    });
    const body = JSON.parse(await response.text());
    this.#accessToken = body.access_token;
    return { status: response.status, headers: response.headers, body };
  }

  openSession(sessionId: string = this.sessionId): Promise<Answer> {
    const agent = { id: this.id, name: this.name, version: '2.336.0', osDescription: 'Linux 6.1' };
    return this.#call('POST', '_broker/session', { sessionId, ownerName: 'host (PID: 1)', agent });
  }

  closeSession(): Promise<Answer> {
    return this.#call('DELETE', '_broker/session');
  }

  poll(status: 'Online' | 'Busy' = 'Online', signal?: AbortSignal): Promise<Answer> {
    const query = new URLSearchParams({
      sessionId: this.sessionId,
      status,
      runnerVersion: '2.336.0',
      os: 'Linux',
      architecture: 'X64',
      disableUpdate: 'true',
    });
    return this.#call('GET', `_broker/message?${query.toString()}`, undefined, signal);
  }

  /** Polls until a job is offered, and returns its request id. */
  async nextRequest(): Promise<string> {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one poll at a time is the protocol
      const { status, body } = await this.poll();
      if (status === 200) return JSON.parse(body.body).runner_request_id;
      if (status !== 202) throw new Error(`A poll ended with ${status}.`);
    }
  }

  acknowledge(runnerRequestId: string): Promise<Answer> {
    const path = `_broker/acknowledge?sessionId=${this.sessionId}`;
    return this.#call('POST', path, { runnerRequestId });
  }

  acquire(requestId: string): Promise<Answer> {
    return this.#call('POST', '_run/acquirejob', { jobMessageId: requestId, runnerOS: 'Linux' });
  }

  run(action: 'renewjob' | 'log' | 'completejob', body: object): Promise<Answer> {
    return this.#call('POST', `_run/${action}`, body);
  }

  #call(method: string, path: string, body?: object, signal?: AbortSignal): Promise<Answer> {
    return call(`${this.#github.url}/${path}`, {
      method,
      authorization: `Bearer ${this.#accessToken}`,
      ...(body && { body }),
      ...(signal && { signal }),
    });
  }
}
