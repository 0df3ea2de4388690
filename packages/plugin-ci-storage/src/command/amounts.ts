const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

/** Such as `12.3 MB`. */
export const bytesInWords = (bytes: number): string => {
  const power = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), UNITS.length - 1);
  const value = bytes / 1_000 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${UNITS[power]}`;
};

/** Such as `1,234 files`. */
export const filesInWords = (files: number): string =>
  `${files.toLocaleString('en-US')} ${files === 1 ? 'file' : 'files'}`;

/** Such as `2 h 5 min`; the two highest units. */
export const secondsInWords = (seconds: number): string => {
  const whole = Math.max(Math.round(seconds), 0);
  const parts = [
    [Math.floor(whole / 86_400), 'd'],
    [Math.floor((whole % 86_400) / 3_600), 'h'],
    [Math.floor((whole % 3_600) / 60), 'min'],
    [whole % 60, 's'],
  ] as const;
  const first = parts.findIndex(([value]) => value > 0);
  if (first === -1) return '0 s';
  return parts
    .slice(first, first + 2)
    .filter(([value]) => value > 0)
    .map(([value, unit]) => `${value} ${unit}`)
    .join(' ');
};
