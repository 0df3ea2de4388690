/** A private key as ssh takes it: lines end with LF, the last one included. Other systems' editors leave CRLF. */
export const normaliseKey = (text: string): string => `${text.replaceAll(/\r\n?/g, '\n').trim()}\n`;
