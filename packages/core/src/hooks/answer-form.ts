import type { Handler } from './guard.ts';

/** What a hook takes for an answer, for plugins that no compiler has checked. */
export interface AnswerForm {
  /** In words that follow "where … is due". */
  readonly words: string;
  readonly accepts: (answer: unknown) => boolean;
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null;

/** Any object, a list included. */
export const object: AnswerForm = { words: 'an object', accepts: isObject };

/** A list of anything. */
export const list: AnswerForm = { words: 'a list', accepts: Array.isArray };

/** The variables of a process. */
export const variables: AnswerForm = {
  words: 'an object of strings',
  accepts: (answer) =>
    isObject(answer) && Object.values(answer).every((value) => typeof value === 'string'),
};

/** An object with at least these properties. */
export const objectWith = (...names: readonly string[]): AnswerForm => ({
  words: `an object with ${names.join(', ')}`,
  accepts: (answer) => isObject(answer) && names.every((name) => name in answer),
});

/** The items of a status. */
export const statusItems: AnswerForm = {
  words: 'a list of objects with a name, healthy: true or false, and an object facts',
  accepts: (answer) =>
    Array.isArray(answer) &&
    answer.every(
      (item: unknown) =>
        isObject(item) &&
        typeof item['name'] === 'string' &&
        typeof item['healthy'] === 'boolean' &&
        isObject(item['facts']) &&
        !Array.isArray(item['facts']),
    ),
};

/** One of these words. */
export const oneOf = (...words: readonly string[]): AnswerForm => ({
  words: words.map((word) => `'${word}'`).join(' or '),
  accepts: (answer) => typeof answer === 'string' && words.includes(answer),
});

/** The same form, or no answer. */
export const optional = ({ words, accepts }: AnswerForm): AnswerForm => ({
  words: `${words} or nothing`,
  accepts: (answer) => answer === undefined || accepts(answer),
});

/** The handler, failing on an answer of another form. The answer itself is not shown: it may hold a secret. */
export const checked =
  (handler: Handler<unknown, unknown>, form: AnswerForm): Handler<unknown, unknown> =>
  async (payload, context) => {
    const answer = await handler(payload, context);
    if (form.accepts(answer)) return answer;
    const type = answer === null ? 'null' : typeof answer;
    throw new TypeError(`answered with ${type} where ${form.words} is due`);
  };
