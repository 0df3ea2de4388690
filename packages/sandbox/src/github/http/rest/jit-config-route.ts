import { generateKeyPair, type JsonWebKey } from 'node:crypto';
import { promisify } from 'node:util';
import type { Handler } from 'hono';
import type { GitHubState } from '../../state/github-state.ts';
import { sitePath } from '../../state/accounts.ts';
import type { RunnerGroup } from '../../state/runner-groups.ts';
import { labelTypeOf, type Runner } from '../../state/runner-registry.ts';
import { authorizationOf } from '../authorization.ts';
import { httpError } from '../errors.ts';
import { jsonBody } from '../json-body.ts';
import type { RestEnv } from './credentials.ts';
import { checkLabelNames } from './label-routes.ts';
import { runnerJson } from './runner-json.ts';

const generateKeys = promisify(generateKeyPair);

/** Registers an ephemeral runner and answers the files that make a runner be it. */
export function jitConfigRoute(state: GitHubState): Handler<RestEnv> {
  return async (c) => {
    const body = await jsonBody(c);
    const name = body.string('name');
    const labels = body.strings('labels');
    const workFolder = body.optionalString('work_folder') ?? '_work';
    checkLabelNames(labels, 1);
    if (name === '') throw httpError(422, 'Validation Failed', ['name must not be empty']);
    const scope = c.get('scope');
    const group = state.groups.get(scope, body.integer('runner_group_id'));
    if (group === undefined) throw httpError(404, 'Not Found');
    const { privateKey } = await generateKeys('rsa', { modulusLength: 2048 });
    const key = privateKey.export({ format: 'jwk' });
    if (state.runners.findByName(scope, name) !== undefined) {
      throw httpError(409, `Already exists - A runner with the name ${name} already exists.`);
    }
    const runner = state.runners.add({
      scope,
      groupId: group.id,
      name,
      ephemeral: true,
      labels: labels.map((label) => ({ name: label, type: labelTypeOf(label) })),
      publicKey: { kty: 'RSA', n: key.n ?? '', e: key.e ?? '' },
    });
    const config = encode(jitFiles(state, runner, group, workFolder, key));
    return c.json({ runner: runnerJson(state, runner), encoded_jit_config: config }, 201);
  };
}

/** GitHub writes these files with Pascal case names and all values as strings, unlike `config.sh`. */
function jitFiles(
  state: GitHubState,
  runner: Runner,
  group: RunnerGroup,
  workFolder: string,
  key: JsonWebKey,
): Record<string, object> {
  const { authorization_url, server_url } = authorizationOf(state, runner);
  return {
    '.runner': {
      AgentId: String(runner.id),
      AgentName: runner.name,
      DisableUpdate: 'False',
      Ephemeral: 'True',
      PoolId: String(group.id),
      PoolName: group.name,
      ServerUrl: server_url,
      ServerUrlV2: server_url,
      GitHubUrl: `${state.url}/${sitePath(runner.scope)}`,
      UseV2Flow: 'True',
      WorkFolder: workFolder,
    },
    '.credentials': {
      Scheme: 'OAuth',
      Data: {
        ClientId: runner.clientId,
        AuthorizationUrl: authorization_url,
        RequireFipsCryptography: 'True',
      },
    },
    '.credentials_rsaparams': {
      d: plainBase64(key.d),
      dp: plainBase64(key.dp),
      dq: plainBase64(key.dq),
      exponent: plainBase64(key.e),
      inverseQ: plainBase64(key.qi),
      modulus: plainBase64(key.n),
      p: plainBase64(key.p),
      q: plainBase64(key.q),
    },
  };
}

const base64 = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64');

function encode(files: Record<string, object>): string {
  return base64(
    Object.fromEntries(Object.entries(files).map(([name, content]) => [name, base64(content)])),
  );
}

const plainBase64 = (value = ''): string => Buffer.from(value, 'base64url').toString('base64');
