import { InvalidInput } from '../../errors';
import { say } from '../../text';

/** A page of the portal with everything in it stays under 30 KB; the logo is most of it. */
export const LARGEST_LOGO_BYTES = 20_000;

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const JPEG = [0xff, 0xd8, 0xff];

/**
 * The type of a picture by its first bytes, ignoring its name. SVG is refused: it can contain script.
 * @throws InvalidInput for anything but a PNG or JPEG of a reasonable size
 */
export function imageType(content: Uint8Array): 'image/png' | 'image/jpeg' {
  const kilobytes = LARGEST_LOGO_BYTES / 1000;
  if (content.length > LARGEST_LOGO_BYTES) {
    throw new InvalidInput(
      say`is too large: at most ${kilobytes} KB, so that phones show it at once`,
    );
  }
  if (startsWith(content, PNG)) return 'image/png';
  if (startsWith(content, JPEG)) return 'image/jpeg';
  throw new InvalidInput('is not a picture we can show: use a PNG or a JPEG');
}

function startsWith(content: Uint8Array, signature: readonly number[]): boolean {
  return signature.every((byte, index) => content[index] === byte);
}
