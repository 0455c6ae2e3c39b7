import type { Clock } from '../../clock';
import { isOwnersAlert } from '../../domain/notices/event';
import { NotAllowed, NotFound } from '../../errors';
import type { BooksWatch } from './books-watch';
import type { Alert } from '../../store/shop/journal-store';
import type { Stores } from '../../store/stores';

/** What is wrong now, and who acknowledged it. */
export class AlertService {
  constructor(
    private readonly stores: Stores,
    private readonly clock: Clock,
    private readonly books: Pick<BooksWatch, 'alert'>,
  ) {}

  async open(): Promise<Alert[]> {
    const { alert } = this.books;
    const others = await this.stores.journal.openAlerts();
    return alert ? [alert, ...others] : others;
  }

  /**
   * It is raised again if its cause persists.
   * @throws NotFound when it is no longer up, NotAllowed when only an owner may clear it
   */
  async clear(id: number, by: string, isOwner: boolean): Promise<void> {
    const at = this.clock.now();
    await this.stores.transaction(async ({ journal }) => {
      const alert = (await journal.openAlerts()).find((one) => one.id === id);
      if (!alert) throw new NotFound('That alert is already cleared');
      if (isOwnersAlert(alert) && !isOwner) {
        throw new NotAllowed('Only an owner can clear alerts about drawers and slips');
      }
      await journal.clear(alert.kind, alert.subject, at, by);
      const detail = { message: alert.message };
      await journal.audit([{ at, who: by, what: 'alert cleared', subject: alert.kind, detail }]);
    });
  }
}
