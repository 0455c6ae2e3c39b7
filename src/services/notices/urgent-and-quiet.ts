import { isForPeople, isUrgent } from '../../domain/notices/event';
import type { Channel } from '../../domain/notices/notice-rules';
import type { StoredEvent } from '../../store/notices/event-store';

/**
 * What goes to one receiver, in order. Urgent messages go separately, since they overtake what waits for the
 * morning.
 */
export interface DeliveryChannel {
  name: string;
  channel: Channel;
  wants(event: StoredEvent): boolean;
  /** Collects what comes after a message for a while, and pauses in the quiet hours. */
  isQuiet: boolean;
}

export function deliveryChannels(channel: Channel): DeliveryChannel[] {
  if (channel === 'webhook') {
    return [{ name: channel, channel, wants: () => true, isQuiet: false }];
  }
  return [
    {
      name: `${channel}, urgent`,
      channel,
      wants: (event) => isForPeople(event) && isUrgent(event),
      isQuiet: false,
    },
    {
      name: channel,
      channel,
      wants: (event) => isForPeople(event) && !isUrgent(event),
      isQuiet: true,
    },
  ];
}
