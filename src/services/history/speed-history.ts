import { formatTime } from '../../domain/shop/shop-day';
import type { Because } from '../../domain/policy/policy';
import { presentFigures, type PresentSpeed } from '../../domain/loop/speeds';
import { arrowRates, formatSize, rounded, type Mac } from '../../domain/units';
import type { PastSpeed } from '../../store/router/speed-store';
import type { Stores } from '../../store/stores';

/** As many changes as people read through. */
const SHOWN = 40;

/** "Why is my speed this": each stretch of time at one speed, and the reason with its figures. */
export class SpeedHistory {
  constructor(private readonly stores: Stores) {}

  /** Newest first; the first goes on now unless it has an `until`. */
  async ofDevice(mac: Mac): Promise<PastSpeed[]> {
    return this.withPresentFigures(await this.stores.speeds.history({ mac }, SHOWN));
  }

  /** On all devices that used the voucher, newest first. */
  async ofVoucher(code: string): Promise<PastSpeed[]> {
    return this.withPresentFigures(await this.stores.speeds.history({ code }, SHOWN));
  }

  /** What goes on now is told with what was used until now. */
  private async withPresentFigures(speeds: PastSpeed[]): Promise<PastSpeed[]> {
    const open = speeds.filter(({ until }) => until === null);
    const vouchers = await this.stores.vouchers.findAll(open.map(({ code }) => code));
    const byCode = new Map(vouchers.map((voucher) => [voucher.code, voucher]));
    return speeds.map((speed) => {
      const voucher = speed.until === null ? byCode.get(speed.code) : undefined;
      return voucher ? { ...speed, because: presentFigures(speed, voucher) } : speed;
    });
  }
}

/** One stretch in words for staff: when, how fast, and why. */
export function speedTexts(speed: PastSpeed, timeZone: string) {
  const time = (at: Date) => formatTime(at, timeZone);
  return {
    mac: speed.mac,
    code: speed.code,
    from: time(speed.at),
    to: speed.until ? time(speed.until) : 'now',
    speed: speed.rate ? arrowRates(speed.rate) : 'offline',
    why: speedReason(speed.reason, speed.because, timeZone),
  };
}

/** The reason with the figures behind it, and when the clock will end it. */
export function speedReason(
  reason: PresentSpeed['reason'],
  because: Because,
  timeZone: string,
): string {
  const used = size(because.usedBytes);
  const limit = because.limitBytes === null ? null : size(because.limitBytes);
  const until = because.until && formatTime(because.until, timeZone);
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
    case 'over the data cap':
    case 'data used up':
      return `${reason}: ${used} of ${limit}${again}`;
    case 'manual limit':
      return `manual limit${again}`;
    default:
      return reason;
  }
}

function size(bytes: number): string {
  return formatSize(rounded(bytes));
}
