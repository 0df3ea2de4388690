import { createHash, createHmac, type Hash, type Hmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { keysOf, type AwsVariables } from './access.ts';
import { readElement } from './xml.ts';

/** Whom to ask, and as whom. */
export interface Ec2Access {
  /** Such as `eu-central-1`. */
  readonly region: string;
  /** Names the endpoint (AWS_ENDPOINT_URL_EC2 or AWS_ENDPOINT_URL), and keys where the SDK's chain is not to look for some. */
  readonly env: AwsVariables;
  /** Ends the request. */
  readonly signal: AbortSignal;
}

/** EC2 refuses a request. */
export class Ec2Error extends Error {
  /** Such as `UnauthorizedOperation`. */
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${message} (${code})`);
    this.name = 'Ec2Error';
    this.code = code;
  }
}

const VERSION = '2016-11-15';

/** Before each repetition, in milliseconds; up to twice as long, so that a fleet that starts at once spreads. */
const PAUSES_MS: readonly number[] = [500, 1_000, 2_000];

/** With these EC2 asks for less. */
const BUSY = new Set(['RequestLimitExceeded', 'Throttling', 'Unavailable', 'InternalError']);

/** A SHA-256 as the signer wants it. */
class Sha256 {
  readonly #hash: Hash | Hmac;

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    const key = secret instanceof ArrayBuffer ? new Uint8Array(secret) : secret;
    this.#hash = key === undefined ? createHash('sha256') : createHmac('sha256', key as Uint8Array);
  }

  update(data: string | Uint8Array): void {
    this.#hash.update(data);
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest();
  }
}

const endpointOf = ({ region, env }: Ec2Access): URL => {
  const given = env['AWS_ENDPOINT_URL_EC2'] || env['AWS_ENDPOINT_URL'];
  const suffix = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  return new URL(given || `https://ec2.${region}.${suffix}/`);
};

/** Without one the chain writes to the console what EC2 says as well, of credentials that have ended. */
const SILENT = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The packages that sign are loaded with the first request: they take a while. */
const createSigner = async ({ region, env }: Ec2Access) => {
  const [{ SignatureV4 }, { defaultProvider }] = await Promise.all([
    import('@smithy/signature-v4'),
    import('@aws-sdk/credential-provider-node'),
  ]);
  const credentials = keysOf(env) ?? defaultProvider({ logger: SILENT });
  return new SignatureV4({ service: 'ec2', region, credentials, sha256: Sha256 });
};

type Signer = Awaited<ReturnType<typeof createSigner>>;

const isTransient = (error: unknown): boolean =>
  error instanceof Ec2Error ? BUSY.has(error.code) : error instanceof TypeError;

const send = async (
  signer: Signer,
  access: Ec2Access,
  body: string,
  signingDate: Date,
): Promise<Response> => {
  const url = endpointOf(access);
  const { method, headers } = await signer.sign(
    {
      method: 'POST',
      protocol: url.protocol,
      hostname: url.hostname,
      ...(url.port && { port: Number(url.port) }),
      path: url.pathname,
      query: {},
      headers: {
        host: url.host,
        'content-type': 'application/x-www-form-urlencoded; charset=utf-8',
      },
      body,
    },
    { signingDate },
  );
  // fetch makes this one itself.
  delete headers['host'];
  return fetch(url, { method, headers, body, signal: access.signal });
};

const errorOf = (answer: Response, text: string): Ec2Error => {
  const code = readElement(text, 'Code');
  if (code === undefined) {
    const busy = answer.status >= 500 ? 'Unavailable' : 'UnknownAnswer';
    return new Ec2Error(busy, `EC2 answers with status ${answer.status}`);
  }
  return new Ec2Error(code, readElement(text, 'Message') ?? 'EC2 refuses the request');
};

/**
 * Calls an action of EC2's Query API, signed (Signature Version 4) with the keys of the environment or of the SDK's
 * credential chain. Limits of the rate, failures of EC2 and of the network are tried again three times within some
 * seconds; a clock that is wrong is corrected by EC2's.
 *
 * @returns the answer, which is XML.
 * @throws Ec2Error when EC2 refuses; another Error when there are no credentials, EC2 cannot be reached, or the signal aborts.
 * @see https://docs.aws.amazon.com/AWSEC2/latest/APIReference/Query-Requests.html
 */
export const queryEc2 = async (
  action: string,
  parameters: Readonly<Record<string, string>>,
  access: Ec2Access,
): Promise<string> => {
  const body = new URLSearchParams({
    Action: action,
    Version: VERSION,
    ...parameters,
  }).toString();
  const signer = await createSigner(access);
  let clockOffsetMs = 0;
  const attempt = async (): Promise<string> => {
    const answer = await send(signer, access, body, new Date(Date.now() + clockOffsetMs));
    const text = await answer.text();
    if (answer.ok) return text;
    const serverTime = Date.parse(answer.headers.get('date') ?? '');
    if (Number.isFinite(serverTime)) clockOffsetMs = serverTime - Date.now();
    throw errorOf(answer, text);
  };
  let corrected = false;
  for (let failures = 0; ;) {
    try {
      return await attempt();
    } catch (error) {
      const pause = PAUSES_MS[failures];
      if (error instanceof Ec2Error && error.code === 'RequestExpired' && !corrected) {
        corrected = true;
      } else if (access.signal.aborted || pause === undefined || !isTransient(error)) {
        throw error;
      } else {
        failures += 1;
        await sleep(pause * (1 + Math.random()), undefined, { signal: access.signal });
      }
    }
  }
};
