import { createSecretMask } from '../log/mask-secrets.ts';
import { withoutEmpty } from './environment.ts';

/** What variables are called that hold secrets. */
const TELLING_NAME = /TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|AUTH|_?KEY(?:_|$)/i;

/** Where a file is named or a socket, the name is told to nobody's harm, and says what to mend. */
const HARMLESS_NAME = /_(?:FILE|PATH|DIR|SOCK)$/i;

const PASSWORD_IN_URL = /:\/\/[^\s/:@]*:([^\s/@]+)@/g;

/** A shorter value would be found in harmless text by chance. */
const SHORTEST_SECRET = 4;

/**
 * Makes a function that hides in a text whatever in these variables looks like a secret: by the variable's name, or as the
 * password of a URL. It is for what is said before the plugins have told which variables are secrets.
 */
export const maskEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
): ((text: string) => string) => {
  const mask = createSecretMask();
  for (const [name, value] of Object.entries(withoutEmpty(environment))) {
    const passwords = [...value.matchAll(PASSWORD_IN_URL)].map(([, password = '']) => password);
    const telling = TELLING_NAME.test(name) && !HARMLESS_NAME.test(name) ? [value] : [];
    for (const secret of [...telling, ...passwords]) {
      if (secret.trim().length >= SHORTEST_SECRET) mask.add(secret);
    }
  }
  return (text) => mask.apply(text);
};
