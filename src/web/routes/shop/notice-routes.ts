import { NOTICE_KEYS, type NoticeKey } from '../../../domain/notices/notice-rules';
import { InvalidInput } from '../../../errors';
import type { ChannelState } from '../../../services/notices/notice-overview';
import { exactField, field, param } from '../../http/forms';
import type { StaffPages } from '../../staff/staff-pages';
import { flash, redirectWith } from '../../staff/staff-sessions';
import type { WebParts } from '../../http/web-parts';
import { timeText } from '../../format/web-format';

const PAGE = '/admin/notices';

interface NoticeField {
  key: NoticeKey;
  label: string;
  hint: string;
}

const SECTIONS: readonly { title: string; channel?: string; fields: readonly NoticeField[] }[] = [
  {
    title: 'Email',
    channel: 'mail',
    fields: [
      { key: 'MAIL_TO', label: 'To', hint: 'me@example.com; several with commas' },
      {
        key: 'SMTP_URL',
        label: 'Email server',
        hint:
          'smtps://name:password@smtp.example.com:465 and nothing behind it; % signs as %25, @ in the ' +
          'name as %40',
      },
    ],
  },
  {
    title: 'Telegram',
    channel: 'telegram',
    fields: [
      { key: 'TELEGRAM_BOT_TOKEN', label: 'Token of the bot', hint: 'from @BotFather' },
      {
        key: 'TELEGRAM_CHAT_ID',
        label: 'Chat',
        hint: 'its number; send the bot a message first',
      },
    ],
  },
  {
    title: 'Webhook, for other programs',
    channel: 'webhook',
    fields: [
      {
        key: 'WEBHOOK_URL',
        label: 'Address',
        hint: 'https://example.com/pisonet; on the shop’s own network too, but not the router',
      },
      { key: 'WEBHOOK_SECRET', label: 'Secret', hint: 'signs what is sent; without it, unsigned' },
    ],
  },
  {
    title: 'When',
    fields: [
      {
        key: 'QUIET_HOURS',
        label: 'Quiet hours',
        hint: '22:00-07:00: email and Telegram wait, unless the router is down; empty or off: none',
      },
    ],
  },
  {
    title: 'After a power cut',
    fields: [
      {
        key: 'BROWN_OUT_CREDIT',
        label: 'Give lost time back',
        hint: 'off; on; or a limit for one outage, like 2h',
      },
      {
        key: 'BROWN_OUT_LEAST',
        label: 'Shortest outage',
        hint: 'shorter outages do not count; 1m when empty',
      },
    ],
  },
];

const NAMES: Record<ChannelState['channel'], string> = {
  mail: 'Email',
  telegram: 'Telegram',
  webhook: 'Webhook',
};

/** Who gets which notices, how, and whether they arrive. */
export function noticeRoutes(pages: StaffPages, { services }: WebParts): void {
  const { noticeOverview } = services;

  async function page(typed: Partial<Record<NoticeKey, string>>, message: string) {
    const shown = new Map((await noticeOverview.shown()).map((one) => [one.key, one]));
    const channels = await noticeOverview.channels();
    const broken = await noticeOverview.broken();
    return {
      message,
      broken: broken.map(({ key, why }) => withFormLabels(`${key} ${why}`)),
      sections: SECTIONS.map((section) => ({
        ...section,
        fields: section.fields.map((one) => {
          const { value, isSecret, isSet, isOwn } = shown.get(one.key)!;
          return { ...one, value: typed[one.key] ?? value, isSecret, isSet, isOwn };
        }),
      })),
      channels: channels.map((state) => ({
        ...state,
        name: NAMES[state.channel],
        text: stateText(state, services.shop.get().timeZone),
      })),
    };
  }

  pages.get('/notices', 'owner', async (_req, res) => {
    res.render('admin/shop/notices', await page({}, ''));
  });

  pages.post('/notices', 'owner', async (req, res, me) => {
    const values = Object.fromEntries(NOTICE_KEYS.map((key) => [key, exactField(req, key)]));
    try {
      await noticeOverview.save(values, me.name);
    } catch (error) {
      if (!(error instanceof InvalidInput)) throw error;
      const secret = new Set((await noticeOverview.shown()).filter((one) => one.isSecret).map((one) => one.key)); // prettier-ignore
      const typed = Object.fromEntries(NOTICE_KEYS.filter((key) => !secret.has(key)).map((key) => [key, field(req, key)])); // prettier-ignore
      return res
        .status(422)
        .render('admin/shop/notices', await page(typed, withFormLabels(error.message)));
    }
    redirectWith(req, res, PAGE, 'Saved.');
  });

  pages.post('/notices/:channel/test', 'owner', async (req, res, me) => {
    const trouble = await noticeOverview.test(param(req, 'channel'), me.name);
    if (trouble) flash(req, 'bad', `It did not arrive. ${trouble}.`);
    else flash(req, 'good', 'The test notice was sent. Check that it arrived.');
    res.redirect(303, PAGE);
  });
}

/** Replaces names of the environment by the labels of the form. */
function withFormLabels(message: string): string {
  const fields = SECTIONS.flatMap((section) => section.fields.map((one) => ({ ...one, section })));
  return fields.reduce(
    (text, { key, label, section }) => text.replaceAll(key, `${section.title}, ${label}:`),
    message,
  );
}

function stateText(state: ChannelState, timeZone: string): string {
  if (!state.isSetUp) return state.trouble ?? 'not set up';
  const { waiting, trouble, failingSince, nextAt, sentAt } = state;
  if (trouble) {
    const next = nextAt ? `; tried again at ${timeText(nextAt, timeZone)}` : '';
    return `${trouble}. Failing since ${timeText(failingSince, timeZone)}, ${waiting} waiting${next}`;
  }
  const last = sentAt ? `last sent ${timeText(sentAt, timeZone)}` : 'no notice sent yet';
  return waiting > 0 ? `${last}; ${waiting} waiting` : last;
}
