import { toString as drawCode } from 'qrcode';

/** A QR code of the text for a terminal. Terminals are dark: the light modules are drawn, not the dark ones. */
export function terminalCode(text: string): Promise<string> {
  const color = { dark: '#ffffff', light: '#000000' };
  return drawCode(text, { type: 'utf8', margin: 2, color });
}
