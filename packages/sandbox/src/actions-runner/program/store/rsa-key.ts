import {
  createPrivateKey,
  generateKeyPair,
  type JsonWebKey,
  type KeyObject,
  sign,
} from 'node:crypto';
import { promisify } from 'node:util';
import type { RunnerFiles } from './runner-files.ts';

/** JWK members by the names that .NET gives to RSA parameters. */
const PARAMETERS = {
  d: 'd',
  dp: 'dp',
  dq: 'dq',
  exponent: 'e',
  inverseQ: 'qi',
  modulus: 'n',
  p: 'p',
  q: 'q',
} as const;

/** The runner's key pair, with which it proves its identity. */
export interface RunnerKey {
  /** `RSAKeyValue` XML, as .NET exports a public key. */
  readonly publicKeyXml: string;
  /** An RS256 signature in base64url. */
  sign(text: string): string;
}

/** Reads the key from `.credentials_rsaparams`. @throws Error where the file is absent. */
export function loadKey(files: RunnerFiles): RunnerKey {
  const parameters = files.readKeyParameters();
  const jwk: JsonWebKey = { kty: 'RSA' };
  for (const [name, member] of Object.entries(PARAMETERS)) {
    jwk[member] = Buffer.from(parameters[name] ?? '', 'base64').toString('base64url');
  }
  return runnerKey(createPrivateKey({ key: jwk, format: 'jwk' }), parameters);
}

/** Reads the key, or makes one and stores it in `.credentials_rsaparams`, for its owner's eyes only. */
export async function ensureKey(files: RunnerFiles): Promise<RunnerKey> {
  if (!files.exists('.credentials_rsaparams')) {
    const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: 2048 });
    const jwk = privateKey.export({ format: 'jwk' });
    const parameters = Object.entries(PARAMETERS).map(([name, member]) => [
      name,
      Buffer.from(jwk[member] ?? '', 'base64url').toString('base64'),
    ]);
    files.write('.credentials_rsaparams', Object.fromEntries(parameters), 0o600);
  }
  return loadKey(files);
}

function runnerKey(key: KeyObject, parameters: Record<string, string>): RunnerKey {
  const modulus = `<Modulus>${parameters['modulus']}</Modulus>`;
  const exponent = `<Exponent>${parameters['exponent']}</Exponent>`;
  return {
    publicKeyXml: `<RSAKeyValue>${modulus}${exponent}</RSAKeyValue>`,
    sign: (text) => sign('sha256', Buffer.from(text), key).toString('base64url'),
  };
}
