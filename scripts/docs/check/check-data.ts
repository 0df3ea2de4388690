import { parseAllDocuments } from 'yaml';
import type { CodeBlock } from './read-blocks.ts';

const INSTRUCTION =
  /^(?:ADD|ARG|CMD|COPY|ENTRYPOINT|ENV|EXPOSE|FROM|HEALTHCHECK|LABEL|ONBUILD|RUN|SHELL|STOPSIGNAL|USER|VOLUME|WORKDIR)\s+\S/i;

const checkDockerfile = (text: string): readonly string[] => {
  const lines = text
    .replaceAll(/^\s*#.*\n/gm, '')
    .replaceAll('\\\n', ' ')
    // A here-document belongs to its instruction.
    .replaceAll(/<<-?(['"]?)(\w+)\1([^\n]*)\n[\s\S]*?^\2$/gm, '$3')
    .split('\n')
    .filter((line) => line.trim() !== '');
  const wrong = lines.filter((line) => !INSTRUCTION.test(line));
  return wrong.map((line) => `no instruction of a Dockerfile: ${line}`);
};

const checkYaml = (text: string): readonly string[] =>
  parseAllDocuments(text).flatMap(({ errors }) => errors.map(({ message }) => message));

const checkJson = (text: string): readonly string[] => {
  try {
    JSON.parse(text);
    return [];
  } catch (error) {
    return [String(error)];
  }
};

const CHECKS: Readonly<Record<string, (text: string) => readonly string[]>> = {
  dockerfile: checkDockerfile,
  json: checkJson,
  yaml: checkYaml,
  yml: checkYaml,
};

/** What is wrong with data and Dockerfiles; undefined for other languages. */
export const checkData = ({ language, place, text }: CodeBlock): readonly string[] | undefined =>
  CHECKS[language.toLowerCase()]?.(text).map((problem) => `${place}: ${problem}`);
