import { suggestedName } from './command-line.ts';
import { requireEmpty } from './create-plugin.ts';
import { CreationError } from './creation-error.ts';
import { namesOf } from './names.ts';

/** Somebody who can be asked. */
export interface Person {
  /** Puts a question and resolves to the line that is answered. */
  question(text: string): Promise<string>;
  tell(text: string): void;
}

/** Asks until the answer is accepted; an empty answer is `fallback`. */
const ask = async (
  person: Person,
  {
    question,
    fallback,
    accept,
  }: {
    question: string;
    fallback: string;
    accept: (answer: string) => unknown;
  },
): Promise<string> => {
  for (;;) {
    const answer = (await person.question(`${question} (${fallback}): `)).trim() || fallback;
    try {
      await accept(answer);
      return answer;
    } catch (error) {
      if (!(error instanceof CreationError)) throw error;
      person.tell(`${error.message}\n`);
    }
  }
};

/** Asks a person for the directory, and for the package's name unless it is known. */
export const askForPlugin = async (
  person: Person,
  packageName: string | undefined,
): Promise<{ directory: string; packageName: string }> => {
  if (packageName !== undefined) namesOf(packageName);
  const directory = await ask(person, {
    question: 'Directory',
    fallback: packageName?.replace(/^@[^/]+\//, '') ?? 'my-plugin',
    accept: requireEmpty,
  });
  if (packageName !== undefined) return { directory, packageName };
  const name = await ask(person, {
    question: 'Package name',
    fallback: suggestedName(directory),
    accept: namesOf,
  });
  return { directory, packageName: name };
};
