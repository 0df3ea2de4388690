import type { GitHubFaults } from '../../github/faults/fault-rule.ts';
import { AwsError } from '../aws-error.ts';
import type { AwsRole } from '../role.ts';
import { startLoopbackServer, type ServedAnswer, type ServedRequest } from '../loopback-server.ts';
import {
  SANDBOX_CREDENTIALS,
  verifySignature,
  type AwsCredentials,
  type SignatureRefusals,
} from '../verify-signature.ts';
import { answerXml, escapeXml, refusalXml } from './ec2-xml.ts';
import { list, readFilters, readTags, required, type Parameters } from './read-parameters.ts';

/** The settings of {@link startEc2}. */
export interface Ec2Options {
  /** Default: `us-east-1`. */
  region?: string;
  /** Who may ask. Default: those of `startCloudWatch`. */
  credentials?: AwsCredentials;
  /** Whose credentials may ask as well, until they end. */
  role?: AwsRole;
  /** The tags of each instance. Default: `i-0123456789abcdef0` has none. */
  instances?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** An EC2 that has instances with tags, on loopback. */
export interface EmbeddedEc2 {
  /** The endpoint. */
  readonly url: string;
  readonly region: string;
  readonly credentials: AwsCredentials;
  /** The tags of an instance as they are now. */
  tagsOf(instanceId: string): Readonly<Record<string, string>>;
  /** The actions that it was asked for, refused ones included, such as `CreateTags`. */
  readonly actions: readonly string[];
  /** How far its clock is ahead, in milliseconds; it can be set at any time. */
  clockOffsetMs: number;
  /** What goes wrong. */
  readonly faults: GitHubFaults;
  close(): Promise<void>;
}

const VERSION = '2016-11-15';
const MOST_TAGS = 50;

const NOT_VALIDATED = 'AWS was not able to validate the provided access credentials';

const EXPIRED = new AwsError('RequestExpired', 400, 'Request has expired.');

const REFUSALS: SignatureRefusals = {
  missing: new AwsError('MissingAuthenticationToken', 403, 'The request must contain a signature.'),
  unknown: new AwsError('AuthFailure', 401, NOT_VALIDATED),
  // EC2 says the same of both.
  ended: EXPIRED,
  expired: EXPIRED,
  wrong: new AwsError('AuthFailure', 401, NOT_VALIDATED),
};

type Tags = Map<string, string>;

const createTags = (parameters: Parameters, instances: ReadonlyMap<string, Tags>): ServedAnswer => {
  required(parameters, 'ResourceId.1');
  const tags = readTags(parameters);
  const named = list(parameters, 'ResourceId').map((id) => {
    const own = instances.get(id);
    if (own) return own;
    throw new AwsError('InvalidInstanceID.NotFound', 400, `The instance ID '${id}' does not exist`);
  });
  for (const own of named) {
    const keys = new Set([...own.keys(), ...tags.map(({ key }) => key)]);
    if (keys.size > MOST_TAGS) {
      throw new AwsError('TagLimitExceeded', 400, 'The maximum number of Tags has been reached.');
    }
  }
  for (const own of named) for (const { key, value } of tags) own.set(key, value);
  return answerXml('CreateTags', '<return>true</return>');
};

const FILTERS = ['resource-id', 'key', 'value', 'resource-type'];

const describeTags = (
  parameters: Parameters,
  instances: ReadonlyMap<string, Tags>,
): ServedAnswer => {
  const filters = readFilters(parameters);
  const unknown = filters.find(({ name }) => !FILTERS.includes(name));
  if (unknown) {
    const message = `The filter '${unknown.name}' is invalid`;
    throw new AwsError('InvalidParameterValue', 400, message);
  }
  const rows = [...instances].flatMap(([id, tags]) =>
    [...tags].map(([key, value]) => ({
      'resource-id': id,
      key,
      value,
      'resource-type': 'instance',
    })),
  );
  const items = rows
    .filter((row) =>
      filters.every(({ name, values }) => values.includes(row[name as keyof typeof row])),
    )
    .map(
      (row) =>
        `<item><resourceId>${row['resource-id']}</resourceId><resourceType>instance</resourceType>` +
        `<key>${escapeXml(row.key)}</key><value>${escapeXml(row.value)}</value></item>`,
    );
  return answerXml('DescribeTags', `<tagSet>${items.join('')}</tagSet>`);
};

const ACTIONS: Readonly<Record<string, typeof createTags>> = {
  CreateTags: createTags,
  DescribeTags: describeTags,
};

/**
 * Starts an EC2 that speaks the Query API: CreateTags and DescribeTags of instances.
 *
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
 */
export async function startEc2({
  region = 'us-east-1',
  credentials = SANDBOX_CREDENTIALS,
  role,
  instances: given = { 'i-0123456789abcdef0': {} },
}: Ec2Options = {}): Promise<EmbeddedEc2> {
  const instances = new Map(
    Object.entries(given).map(([id, tags]): [string, Tags] => [id, new Map(Object.entries(tags))]),
  );
  const state = { clockOffsetMs: 0 };
  const actions: string[] = [];
  const now = (): number => Date.now() + state.clockOffsetMs;
  const respond = (request: ServedRequest): ServedAnswer => {
    const parameters: Parameters = new Map(new URLSearchParams(request.body.toString('utf8')));
    const name = parameters.get('Action') ?? '';
    actions.push(name);
    verifySignature(request, {
      known: [credentials, ...(role?.issued ?? [])],
      region,
      service: 'ec2',
      now: now(),
      refusals: REFUSALS,
    });
    if (parameters.get('Version') !== VERSION) {
      throw new AwsError('NoSuchVersion', 400, 'The requested version does not exist.');
    }
    const act = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
    if (act) return act(parameters, instances);
    throw new AwsError(
      'InvalidAction',
      400,
      `The action ${name} is not valid for this web service.`,
    );
  };
  const server = await startLoopbackServer((request) => {
    try {
      return respond(request);
    } catch (error) {
      if (error instanceof AwsError) return refusalXml(error);
      throw error;
    }
  }, now);
  return {
    ...server,
    region,
    credentials,
    actions,
    tagsOf: (id) => Object.fromEntries(instances.get(id) ?? []),
    get clockOffsetMs() {
      return state.clockOffsetMs;
    },
    set clockOffsetMs(ms: number) {
      state.clockOffsetMs = ms;
    },
  };
}
