import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** What the scripts of a trial do. */
export type Kind = 'usual' | 'empty';

/**
 * What scripts of images usually do: variables, a function, a file made of a template. It takes three programs in a shell; a
 * module does the same by itself.
 */
const SHELL: Readonly<Record<Kind, (name: string) => string>> = {
  usual: (name) => `set -o pipefail
configure_${name}() {
  local directory=$1
  mkdir -p "$directory"
  printf 'name = @NAME@\\nhost = %s\\n' "\${SERVICE_HOST:-localhost}" | sed "s/@NAME@/${name}/" >"$directory/${name}.conf"
  chmod 644 "$directory/${name}.conf"
}
configure_${name} "$BENCH_DIRECTORY/$USER"
export CONFIG_${name}="$BENCH_DIRECTORY/$USER/${name}.conf"
`,
  empty: (name) => `export CONFIG_${name}=1\n`,
};

const MODULE: Readonly<Record<Kind, (name: string) => string>> = {
  usual: (name) => `import { chmod, mkdir, writeFile } from 'node:fs/promises';

interface Context {
  readonly env: Record<string, string | undefined>;
}

const configure = async (directory: string, host: string): Promise<string> => {
  const path = \`\${directory}/${name}.conf\`;
  await mkdir(directory, { recursive: true });
  await writeFile(path, 'name = @NAME@\\nhost = ' + host + '\\n'.replace('@NAME@', '${name}'));
  await chmod(path, 0o644);
  return path;
};

export default async ({ env }: Context): Promise<void> => {
  const directory = \`\${env['BENCH_DIRECTORY']}/\${env['USER']}\`;
  env['CONFIG_${name}'] = await configure(directory, env['SERVICE_HOST'] ?? 'localhost');
};
`,
  empty: (name) => `interface Context {
  readonly env: Record<string, string | undefined>;
}

export default ({ env }: Context): void => {
  env['CONFIG_${name}'] = '1';
};
`,
};

/** Writes `count` scripts into a directory of that name; every other one is a module, unless all are for bash. */
export const writeScripts = async (
  directory: string,
  {
    count,
    kind,
    modules,
  }: { readonly count: number; readonly kind: Kind; readonly modules: boolean },
): Promise<string[]> => {
  await mkdir(directory, { recursive: true });
  await chmod(directory, 0o755);
  const paths: string[] = [];
  for (let index = 0; index < count; index += 1) {
    const number = String(index).padStart(3, '0');
    const isModule = modules && index % 2 === 1;
    const path = join(directory, `entrypoint.1${number}.${isModule ? 'ts' : 'sh'}`);
    await writeFile(path, (isModule ? MODULE : SHELL)[kind](`n${number}`), { mode: 0o644 });
    paths.push(path);
  }
  return paths;
};
