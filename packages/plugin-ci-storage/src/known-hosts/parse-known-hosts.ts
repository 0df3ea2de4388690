/** What a list of host keys holds, or everything that is wrong with it. */
export interface ParsedKnownHosts {
  /** Its lines as ssh takes them. */
  readonly content: string;
  /** Phrases that follow the list's name; nothing of the list is shown, which could be something secret. */
  readonly faults: readonly string[];
}

const MARKERS: ReadonlySet<string> = new Set(['@cert-authority', '@revoked']);

/** Where the string ends that begins at `start` with its length; undefined when the bytes end before. */
const endOfString = (bytes: Buffer, start: number): number | undefined => {
  if (start + 4 > bytes.length) return undefined;
  const end = start + 4 + bytes.readUInt32BE(start);
  return end > bytes.length ? undefined : end;
};

/** The name of its own type that a key begins with; undefined when it is no whole key: a sequence of strings (RFC 4253, section 6.6). */
const typeWithin = (base64: string): string | undefined => {
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const bytes = Buffer.from(base64, 'base64');
  const first = endOfString(bytes, 0);
  let end = first;
  while (end !== undefined && end < bytes.length) end = endOfString(bytes, end);
  return end === undefined ? undefined : bytes.toString('latin1', 4, first);
};

const looksLikeType = (word: string): boolean => /^(?:ssh|ecdsa|sk)-[\w@.-]+$/.test(word);

/** What is wrong with one line that is neither empty nor a comment. */
const faultOf = (line: string): string | undefined => {
  const words = line.split(/\s+/);
  const marked = words[0]?.startsWith('@') ?? false;
  if (marked && !MARKERS.has(words[0] ?? '')) {
    return 'begins with @, but only @cert-authority and @revoked do';
  }
  const [hosts = '', type, key] = marked ? words.slice(1) : words;
  if (looksLikeType(hosts)) {
    return 'has no host before the key: it takes the host that CI_STORAGE_HOST names, or [host]:port';
  }
  if (type === undefined || key === undefined) return 'takes three words: hosts, type and key';
  const within = typeWithin(key);
  if (within === undefined) return 'has a key that is damaged or cut off';
  return within === type ? undefined : 'has another type than its key';
};

/** Secret stores and environment files that take one line a value write line ends as `\n`. */
const linesOf = (text: string): string[] =>
  text.split(/\r?\n|(?:\\r)?\\n/).map((line) => line.trim());

const isEntry = (line: string): boolean => line !== '' && !line.startsWith('#');

/** Reads the content of a known_hosts file (sshd(8)). */
export const parseKnownHosts = (text: string): ParsedKnownHosts => {
  if (text.includes('PRIVATE KEY')) {
    return { content: '', faults: ['is a private key: it takes the public keys of hosts'] };
  }
  const lines = linesOf(text);
  const faults = lines.flatMap((line, index) => {
    const fault = isEntry(line) ? faultOf(line) : undefined;
    return fault === undefined ? [] : [`line ${index + 1} ${fault}`];
  });
  const empty = lines.some(isEntry) ? [] : ['holds no key'];
  return { content: `${lines.join('\n').trim()}\n`, faults: [...faults, ...empty] };
};
