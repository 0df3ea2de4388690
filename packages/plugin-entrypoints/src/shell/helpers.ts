/** What every script can call without sourcing anything. */
export const HELPERS = `
say() {
  local IFS=' '
  builtin printf '%s\\n' "$*"
}
`;
