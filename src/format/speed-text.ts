import type { PresentSpeed } from '../domain/loop/speeds';
import type { Because } from '../domain/policy/policy';
import { ratesText, sizeText, timeText } from './figures';

interface Stretch extends PresentSpeed {
  at: Date;
  until: Date | null;
  because: Because;
}

/** One stretch as text for staff: when, how fast, and why. */
export function speedTexts(speed: Stretch, timeZone: string) {
  const time = (at: Date) => timeText(at, timeZone);
  return {
    mac: speed.mac,
    code: speed.code,
    from: time(speed.at),
    to: speed.until ? time(speed.until) : 'now',
    speed: speed.rate ? ratesText(speed.rate) : 'offline',
    why: speedReason(speed.reason, speed.because, timeZone),
  };
}

/** The reason with the figures behind it, and when it ends by the clock. */
export function speedReason(
  reason: PresentSpeed['reason'],
  because: Because,
  timeZone: string,
): string {
  const used = sizeText(because.usedBytes);
  const limit = because.limitBytes === null ? null : sizeText(because.limitBytes);
  const until = because.until && timeText(because.until, timeZone);
  const again = until ? `, until ${until}` : '';
  switch (reason) {
    case 'full speed': {
      const hours = until ? `; the plan's other hours begin ${until}` : '';
      return (limit ? `full speed: ${used} of ${limit} used` : 'full speed of the plan') + hours;
    }
    case 'boost hours':
    case 'slow hours':
      return `${reason} of the plan${again}`;
    case 'fair use':
      return `fair use: ${used} used, slower from ${limit}${again}`;
    case 'over the data limit':
    case 'data used up':
      return `${reason}: ${used} of ${limit}${again}`;
    case 'manual limit':
      return `manual limit${again}`;
    default:
      return reason;
  }
}
