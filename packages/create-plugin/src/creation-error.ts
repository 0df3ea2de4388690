/** Why no plugin package was made; the message says how to mend it. */
export class CreationError extends Error {
  override readonly name = 'CreationError';
}
