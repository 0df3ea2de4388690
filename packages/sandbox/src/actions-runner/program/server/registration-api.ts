import { delay, randomSeconds } from '../io/delay.ts';
import { type HttpAnswer, type HttpRequest, parseAnswer, sendRequest } from '../io/http.ts';
import type { Terminal } from '../io/terminal.ts';
import type { GitHubUrls } from './github-urls.ts';
import { statusName } from './status-names.ts';

export interface RunnerGroup {
  readonly id: number;
  readonly name: string;
  readonly default?: boolean;
}

export interface Label {
  readonly name: string;
  readonly type: 'system' | 'user';
}

/** What `runner-registration` answers. */
interface Connection {
  readonly url: string;
  /** The credential for the calls that follow. */
  readonly token: string;
}

/** What `runners/register` gets. */
export interface RegistrationRequest {
  readonly groupId: number;
  readonly name: string;
  readonly version: string;
  readonly disableUpdate: boolean;
  readonly ephemeral: boolean;
  readonly labels: readonly Label[];
  readonly publicKeyXml: string;
  /** The id of the runner to replace. */
  readonly replaces: number | undefined;
}

/** What `runners/register` answers. */
export interface Registration {
  readonly id: number;
  readonly name: string;
  readonly authorization: {
    readonly authorization_url: string;
    readonly server_url: string;
    readonly client_id: string;
  };
}

/** The calls of `config.sh`. Each is tried three times, but once only when the answer is 404. */
export interface RegistrationApi {
  /** Makes a registration or remove token from a personal access token. */
  exchangePat(event: 'registration' | 'remove', pat: string): Promise<string>;
  /** Makes a credential from a registration or remove token. */
  connect(event: 'register' | 'remove', token: string): Promise<Connection>;
  listGroups(credential: string): Promise<RunnerGroup[]>;
  /** The id of the runner of that name. */
  findRunner(credential: string, name: string): Promise<number | undefined>;
  register(credential: string, request: RegistrationRequest): Promise<Registration>;
  remove(token: string, id: number): Promise<void>;
}

export function createRegistrationApi(
  gitHubUrl: string,
  { api, entity }: GitHubUrls,
  terminal: Terminal,
): RegistrationApi {
  const call = async (verb: string, request: HttpRequest): Promise<unknown> =>
    parseAnswer(await sendWithRetries(verb, request, terminal));
  return {
    async exchangePat(event, pat) {
      const basic = Buffer.from(`github:${pat}`).toString('base64');
      const answer = await call('POST', {
        method: 'POST',
        url: `${entity}/runners/${event}-token`,
        headers: { Authorization: `Basic ${basic}` },
      });
      return (answer as { token: string }).token;
    },
    async connect(event, token) {
      const answer = await call('POST', {
        method: 'POST',
        url: `${api}/actions/runner-registration`,
        headers: remoteAuth(token),
        body: { url: gitHubUrl, runner_event: event },
      });
      return answer as Connection;
    },
    async listGroups(credential) {
      const url = `${entity}/runner-groups`;
      const answer = await call('Get', { method: 'GET', url, headers: bearer(credential) });
      return (answer as { runner_groups: RunnerGroup[] }).runner_groups;
    },
    async findRunner(credential, name) {
      const url = `${entity}/runners?name=${encodeURIComponent(name)}`;
      const answer = await call('Get', { method: 'GET', url, headers: bearer(credential) });
      return (answer as { runners: { id: number }[] }).runners[0]?.id;
    },
    async register(credential, request) {
      const answer = await call('Post', {
        method: 'POST',
        url: `${api}/actions/runners/register`,
        headers: bearer(credential),
        body: registrationBody(gitHubUrl, request),
      });
      return answer as Registration;
    },
    async remove(token, id) {
      const url = `${entity}/runners/${id}`;
      const request = { method: 'DELETE', url, headers: remoteAuth(token) } as const;
      await sendWithRetries('Delete', request, terminal);
    },
  };
}

function bearer(credential: string): Record<string, string> {
  return { Authorization: `Bearer ${credential}` };
}

function remoteAuth(token: string): Record<string, string> {
  return { Authorization: `RemoteAuth ${token}` };
}

function registrationBody(url: string, request: RegistrationRequest): object {
  return {
    url,
    group_id: request.groupId,
    name: request.name,
    version: request.version,
    updates_disabled: request.disableUpdate,
    ephemeral: request.ephemeral,
    labels: request.labels.map((label) => ({ id: 0, ...label })),
    public_key: request.publicKeyXml,
    ...(request.replaces !== undefined && { runner_id: request.replaces, replace: true }),
  };
}

const ATTEMPTS = 3;

async function sendWithRetries(
  verb: string,
  request: HttpRequest,
  terminal: Terminal,
): Promise<HttpAnswer> {
  for (let attempt = 1; ; attempt += 1) {
    const answer = await sendRequest(request).catch((error: unknown) => {
      if (attempt === ATTEMPTS) throw error;
    });
    if (answer !== undefined) {
      if (answer.status >= 200 && answer.status < 300) return answer;
      reportRefusal(verb, request.url, answer, terminal);
      if (answer.status === 404 || attempt === ATTEMPTS) throw refusal(answer);
    }
    await delay(randomSeconds(1, 5));
  }
}

function reportRefusal(verb: string, url: string, answer: HttpAnswer, terminal: Terminal): void {
  const request = `${verb} ${url}`;
  const name = statusName(answer.status);
  terminal.error(`Http response code: ${name} from '${request}' (Request Id: ${answer.requestId})`);
  terminal.error(answer.text);
}

function refusal({ status, reason }: HttpAnswer): Error {
  return new Error(`Response status code does not indicate success: ${status} (${reason}).`);
}
