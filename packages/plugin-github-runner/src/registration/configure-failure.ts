import { limitedByGitHub, lostGitHub } from './lost-github.ts';

/** Why config.sh failed; `lost` when GitHub was out of reach or unwell, `limited` when it refuses so many requests. */
export type FailureKind =
  | 'lost'
  | 'limited'
  | 'name-taken'
  | 'token-refused'
  | 'group-unknown'
  | 'other';

/** actions/runner, ConfigurationManager.cs. */
const NAME_TAKEN = /^A runner exists with the same name/;
const GROUP_UNKNOWN = /^Could not find any self-hosted runner group named/;
const ANSWER = /^Http response code: (\w+) from '(\w+) (\S+)'/;

/** What GitHub answered, in order: each attempt of config.sh that got an answer leaves such a line. */
const answersIn = (lines: readonly string[]) =>
  lines.flatMap((line) => {
    const [, name, , url] = ANSWER.exec(line) ?? [];
    return name === undefined || url === undefined ? [] : { name, url };
  });

/**
 * Whether all answers refused the name: one that came after another failure is about a runner that config.sh itself may
 * have registered without learning of it.
 */
const onlyConflicts = (lines: readonly string[]): boolean => {
  const answers = answersIn(lines);
  const words = lines.filter((line) => !line.startsWith('{') && !ANSWER.test(line));
  return (
    answers.length > 0 &&
    answers.every(({ name }) => name === 'Conflict') &&
    words.every((line) => /409|already exists/i.test(line))
  );
};

/** Why config.sh failed, as its error lines say. */
export const failureKindOf = (lines: readonly string[]): FailureKind => {
  if (lines.some((line) => NAME_TAKEN.test(line)) || onlyConflicts(lines)) return 'name-taken';
  if (lines.some((line) => GROUP_UNKNOWN.test(line))) return 'group-unknown';
  const last = answersIn(lines).at(-1);
  const refused = last?.name === 'NotFound' || last?.name === 'Unauthorized';
  if (refused && last.url.endsWith('/actions/runner-registration')) return 'token-refused';
  if (limitedByGitHub(lines)) return 'limited';
  return lostGitHub(lines) ? 'lost' : 'other';
};
