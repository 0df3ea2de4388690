import type { Patience } from '../api/request-patiently.ts';
import type { RegistrationToken } from '../api/runners-api.ts';

/** Registration tokens, which GitHub lets be used again and again within their hour. */
export interface RegistrationTokens {
  /** A token that is good for a while. Rejects as `request` does. */
  get(patience: Patience): Promise<string>;
  /** Takes note that GitHub has refused this token; answers whether it was an old one, so that another may do. */
  refuse(token: string): boolean;
}

/** config.sh may take a while to get through to GitHub. */
const NEEDED_MS = 10 * 60_000;

/** Keeps tokens until shortly before their end. */
export const createRegistrationTokens = (
  request: (patience: Patience) => Promise<RegistrationToken>,
): RegistrationTokens => {
  let kept: (RegistrationToken & { used: boolean }) | undefined;
  return {
    get: async (patience) => {
      const left = (kept?.expiresAt ?? 0) - patience.clock.now();
      if (kept && left > NEEDED_MS) kept.used = true;
      else kept = { ...(await request(patience)), used: false };
      return kept.token;
    },
    refuse: (token) => {
      const { used = false } = kept?.token === token ? kept : {};
      if (used) kept = undefined;
      return used;
    },
  };
};

/** The one token that was given. */
export const givenRegistrationToken = (token: string): RegistrationTokens => ({
  get: async () => token,
  refuse: () => false,
});
