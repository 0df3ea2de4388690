const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Markup, in which everything else has been escaped. */
export interface Html {
  readonly markup: string;
}

type Value = Html | string | number | readonly Html[];

const render = (value: Value): string => {
  if (typeof value === 'string' || typeof value === 'number') {
    return String(value).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
  }
  return 'markup' in value ? value.markup : value.map(({ markup }) => markup).join('\n');
};

/** Makes markup; values that are no markup are escaped. */
export const html = (parts: TemplateStringsArray, ...values: readonly Value[]): Html => ({
  markup: parts.map((part, index) => part + render(values[index] ?? '')).join(''),
});

/** Nothing. */
export const NOTHING: Html = { markup: '' };
