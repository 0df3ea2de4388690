import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** npm's name for it. */
const ATTACHMENTS = '_attachments';

/** A version of a package, as `npm publish` sends it. */
interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly dist: { readonly tarball: string };
}

/** What `npm publish` sends: one version, and its tarball in base64. */
interface Publication {
  readonly name: string;
  readonly 'dist-tags': Readonly<Record<string, string>>;
  readonly versions: Readonly<Record<string, Manifest>>;
  readonly [ATTACHMENTS]: Readonly<Record<string, { readonly data: string }>>;
}

/** A package that was published here. */
interface Published {
  readonly tags: Map<string, string>;
  readonly versions: Map<string, Manifest>;
}

/** A registry on loopback that takes publications. */
export interface LocalRegistry {
  /** Ends with a slash. */
  readonly url: string;
  /** What was published here, as `name@version`. */
  published(): readonly string[];
  close(): Promise<void>;
}

const answer = (response: ServerResponse, status: number, body: unknown): void => {
  // The same version of a package can be published anew, by the next run.
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
};

const readJson = async (request: IncomingMessage): Promise<unknown> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
};

/**
 * Starts a registry for packages that are published nowhere yet: it takes what `npm publish` and `pnpm publish` send, and
 * sends whoever asks for something else on to `upstream`.
 */
export const startLocalRegistry = async (upstream: string): Promise<LocalRegistry> => {
  const packages = new Map<string, Published>();
  /** By the path of their URL. */
  const tarballs = new Map<string, Buffer>();

  const take = (publication: Publication): void => {
    const { tags, versions } = packages.get(publication.name) ?? {
      tags: new Map<string, string>(),
      versions: new Map<string, Manifest>(),
    };
    packages.set(publication.name, { tags, versions });
    const data = Object.values(publication[ATTACHMENTS])[0]?.data ?? '';
    for (const [version, manifest] of Object.entries(publication.versions)) {
      versions.set(version, manifest);
      tarballs.set(new URL(manifest.dist.tarball).pathname, Buffer.from(data, 'base64'));
    }
    for (const [tag, version] of Object.entries(publication['dist-tags'])) tags.set(tag, version);
  };

  const serve = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const path = request.url ?? '/';
    if (request.method === 'PUT') {
      take((await readJson(request)) as Publication);
      answer(response, 201, { ok: true });
      return;
    }
    const tarball = tarballs.get(path);
    if (tarball !== undefined) {
      response.writeHead(200, { 'content-type': 'application/octet-stream' });
      response.end(tarball);
      return;
    }
    const name = decodeURIComponent(path.slice(1));
    const known = packages.get(name);
    if (known !== undefined) {
      answer(response, 200, {
        name,
        'dist-tags': Object.fromEntries(known.tags),
        versions: Object.fromEntries(known.versions),
      });
      return;
    }
    // What is ours alone must not be looked for, nor found, anywhere else.
    if (/^(?:@ci-runner\/|ci-runner$)/.test(name)) answer(response, 404, { error: 'not found' });
    else response.writeHead(307, { location: new URL(path.slice(1), upstream).href }).end();
  };

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) =>
      answer(response, 500, { error: String(error) }),
    );
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    published: () =>
      [...packages].flatMap(([name, { versions }]) =>
        [...versions.keys()].map((version) => `${name}@${version}`),
      ),
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
};
