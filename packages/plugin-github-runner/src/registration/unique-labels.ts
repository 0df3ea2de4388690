/** Each label once, in its first spelling: GitHub does not tell labels apart by their case. */
export const uniqueLabels = (labels: readonly string[]): string[] => {
  const keys = labels.map((label) => label.toLowerCase());
  return labels.filter((label, index) => keys.indexOf(label.toLowerCase()) === index);
};
