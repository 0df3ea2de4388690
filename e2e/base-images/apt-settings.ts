import { readFile } from 'node:fs/promises';
import { runProgram } from '../run-program.ts';

/** Where and how this machine gets Debian packages. */
export interface AptSettings {
  /** The mirror of the main archive; undefined leaves it to debootstrap. */
  readonly mirror: string | undefined;
  /** The mirror of security updates. */
  readonly securityMirror: string | undefined;
  /** Lines of apt.conf: proxies and time limits. */
  readonly configuration: string;
}

/** The certificates that this machine trusts, as one file of PEM. */
export const CERTIFICATES = '/etc/ssl/certs/ca-certificates.crt';

/** The machine's {@link CERTIFICATES}; undefined where it has none. */
export const readCertificates = async (): Promise<string | undefined> =>
  readFile(CERTIFICATES, 'utf8').catch(() => undefined);

const mirrorOf = (targets: readonly string[], label: string): string | undefined =>
  targets.find((target) => target.startsWith(`${label} `))?.slice(label.length + 1);

/** Reads how apt is set on this machine. */
export const readAptSettings = async (): Promise<AptSettings> => {
  const targets = await runProgram(['apt-get', 'indextargets', '--format', '$(LABEL) $(SITE)']);
  const dump = await runProgram(['apt-config', 'dump']);
  const lines = targets.split('\n');
  return {
    mirror: mirrorOf(lines, 'Debian'),
    securityMirror: mirrorOf(lines, 'Debian-Security'),
    configuration: dump
      .split('\n')
      .filter((line) => /^Acquire::(?:https?::|Retries )/i.test(line))
      .join('\n'),
  };
};
