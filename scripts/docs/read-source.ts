import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseSync } from 'vite';
import { ROOT } from '../run-step.ts';

/** A property of an interface, as its source says it. */
export interface SourceProperty {
  readonly name: string;
  /** The type, on one line. */
  readonly type: string;
  readonly optional: boolean;
  readonly doc: SourceDoc;
}

/** What a doc comment says. */
export interface SourceDoc {
  /** Without tags; paragraphs are joined. */
  readonly text: string;
  /** Of `@default`. */
  readonly fallback: string | undefined;
}

/** An exported interface or type. */
export interface SourceType {
  readonly name: string;
  /** The declaration with its comments, without `export`. */
  readonly text: string;
  readonly properties: readonly SourceProperty[];
}

/** The part of a node of the parser's that is read here. */
interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly id?: { readonly name: string };
  readonly key?: { readonly name?: string };
  readonly optional?: boolean;
  readonly declaration?: Node | null;
  readonly body?: Node & { readonly body?: readonly Node[] };
  readonly typeAnnotation?: Node | null;
}

const NO_DOC: SourceDoc = { text: '', fallback: undefined };

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim();

const readDoc = (comment: string): SourceDoc => {
  const plain = comment.replaceAll(/^\s*\* ?/gm, '').replaceAll(/\{@link (\w+)\}/g, '`$1`');
  const [text = '', ...tags] = plain.split(/(?:^|\s)@(?=default\b|see\b|throws\b|example\b)/);
  const fallback = tags.find((tag) => tag.startsWith('default'))?.slice('default'.length);
  return { text: oneLine(text), fallback: fallback === undefined ? undefined : oneLine(fallback) };
};

/** Reads the exported interfaces and types of a file; `path` is relative to the checkout. */
export const readTypes = async (path: string): Promise<readonly SourceType[]> => {
  const source = await readFile(join(ROOT, path), 'utf8');
  const { program, comments } = parseSync(path, source);
  const docBefore = (start: number): { readonly at: number; readonly doc: SourceDoc } => {
    const found = comments.find(
      (one) => one.value.startsWith('*') && source.slice(one.end, start).trim() === '',
    );
    return found && found.end <= start
      ? { at: found.start, doc: readDoc(found.value.slice(1)) }
      : { at: start, doc: NO_DOC };
  };
  const readProperty = (node: Node): SourceProperty[] => {
    if (node.key?.name === undefined) return [];
    const annotation = node.typeAnnotation;
    const type = annotation ? source.slice(annotation.start + 1, annotation.end) : '';
    const { doc } = docBefore(node.start);
    return [{ name: node.key.name, type: oneLine(type), optional: node.optional ?? false, doc }];
  };
  return (program.body as unknown as readonly Node[]).flatMap((node) => {
    const { declaration } = node;
    if (node.type !== 'ExportNamedDeclaration' || !declaration?.id) return [];
    if (!/^TS(?:Interface|TypeAlias)Declaration$/.test(declaration.type)) return [];
    const comment = source.slice(docBefore(node.start).at, node.start);
    return {
      name: declaration.id.name,
      text: comment + source.slice(declaration.start, node.end),
      properties: (declaration.body?.body ?? []).flatMap(readProperty),
    };
  });
};

/** Reads one of them. @throws Error when the file does not have it. */
export const readType = async (path: string, name: string): Promise<SourceType> => {
  const found = (await readTypes(path)).find((type) => type.name === name);
  if (found) return found;
  throw new Error(`${path} has no exported type ${name}`);
};
