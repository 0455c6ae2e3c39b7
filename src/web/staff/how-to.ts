import type { Role } from '../../store/staff/account-store';

/** A question people ask about their work, with the page where it is done. */
export interface HowTo {
  /** In the address of the page of answers. */
  id: string;
  question: string;
  answer: string;
  /** Below `/admin`. */
  path: string;
  /** What the link to it says. */
  link: string;
  role: Role;
  /** Other words people search it by. */
  words?: string;
}

/** By job, in the order of the places. */
export const HOW_TO: readonly { job: string; all: readonly HowTo[] }[] = [
  {
    job: 'Selling',
    all: [
      {
        ...{ id: 'sell', role: 'operator', path: '/vouchers', link: 'Open Sell' },
        question: 'sell one voucher?',
        answer:
          'Tap the price. The code and its QR appear: print the slip, share it, or read the code out. It counts as sold at once.',
        words: 'counter customer code share sms',
      },
      {
        ...{ id: 'print', role: 'operator', path: '/batches/new', link: 'Create vouchers' },
        question: 'print many vouchers?',
        answer:
          'Choose the plan and how many, then Create. On the page of the batch choose the paper: 58 mm, 80 mm or A4.',
        words: 'batch slips paper a4 roll make',
      },
      {
        ...{ id: 'reprint', role: 'operator', path: '/vouchers', link: 'Find the voucher' },
        question: 'print a lost slip again?',
        answer: 'Search for the code, the note or the batch, open the voucher and choose Print.',
        words: 'reprint',
      },
      {
        ...{ id: 'import', role: 'owner', path: '/batches/import', link: 'Import printed codes' },
        question: 'use codes that were printed before?',
        answer: 'Paste them with their plans, or choose a CSV file. They can be used at once.',
        words: 'import mikhmon old csv',
      },
      {
        ...{ id: 'refund', role: 'owner', path: '/vouchers', link: 'Find the voucher' },
        question: 'end a voucher or refund it?',
        answer:
          'Open the voucher and choose Refund, then the reason: it ends, and the sale is subtracted from today’s total. End keeps the money.',
        words: 'void revoke cancel money back',
      },
    ],
  },
  {
    job: 'Customers online',
    all: [
      {
        ...{ id: 'slow', role: 'operator', path: '/bandwidth', link: 'Who is online' },
        question: 'slow down one phone?',
        answer: 'Tap the device, choose for how long, then a speed. Remove limit undoes it.',
        words: 'limit speed throttle bandwidth device',
      },
      {
        ...{ id: 'why', role: 'viewer', path: '/bandwidth', link: 'Who is online' },
        question: 'see why a phone is slow?',
        answer: 'Tap the device, then “Why?”: each speed it had, with the reason and the time.',
        words: 'speed slow fair use limit',
      },
      {
        ...{ id: 'block', role: 'operator', path: '/bandwidth', link: 'Who is online' },
        question: 'block a phone?',
        answer:
          'Tap the device, then Block. No code works on it until you unblock it; the voucher keeps running.',
        words: 'ban device unblock',
      },
      {
        ...{ id: 'more-time', role: 'owner', path: '/bandwidth', link: 'Who is online' },
        question: 'give more time?',
        answer: 'Tap the device, or open the voucher, and choose +30 min, +1 hour or +1 day.',
        words: 'extend add hours',
      },
      {
        ...{ id: 'rename', role: 'operator', path: '/bandwidth', link: 'Who is online' },
        question: 'give a phone a name?',
        answer:
          'Tap the device and type a name, such as “Ate Joy’s Oppo”. Search finds it by that.',
        words: 'rename device mac customer',
      },
    ],
  },
  {
    job: 'Money',
    all: [
      {
        ...{ id: 'income', role: 'viewer', path: '/reports', link: 'Open Sales' },
        question: 'see what was sold?',
        answer:
          'Choose the days. Owners see all sales by seller and plan; operators see their own.',
        words: 'income sales today month report total',
      },
      {
        ...{ id: 'shift', role: 'operator', path: '/drawers', link: 'Open Drawers' },
        question: 'close a shift?',
        answer: 'Open the drawer when you start, count it when you end: the difference is shown.',
        words: 'cash drawer count hand in',
      },
      {
        ...{ id: 'subscriber', role: 'owner', path: '/subscribers/new', link: 'Add a subscriber' },
        question: 'bill a customer every month?',
        answer: 'Add them as a subscriber and give them a plan with a billing cycle.',
        words: 'invoice monthly subscription pppoe',
      },
    ],
  },
  {
    job: 'The shop',
    all: [
      {
        ...{ id: 'price', role: 'owner', path: '/plans', link: 'Open Plans' },
        question: 'change a price or a speed?',
        answer: 'Open the plan and save the new value. Vouchers made before keep their terms.',
        words: 'plan cost edit mbps',
      },
      {
        ...{ id: 'fair-use', role: 'owner', path: '/plans', link: 'Open Plans' },
        question: 'slow down heavy users?',
        answer:
          'In the plan fill in Fair use: after so much data the speed drops to the one you give. “Try a rule” shows what it would have changed last month.',
        words: 'fair use cap data limit',
      },
      {
        ...{ id: 'router', role: 'owner', path: '/router/setup', link: 'Set up the router' },
        question: 'set up or repair the router?',
        answer:
          'Router > Set up shows each step with its reason before anything changes. The health check on the router’s page shows problems and fixes them.',
        words: 'mikrotik connect hotspot doctor undo problem',
      },
      {
        ...{ id: 'slip', role: 'owner', path: '/settings', link: 'Open Settings' },
        question: 'change the slip, the logo or the color?',
        answer: 'Under Printed slips and Design. “See a sample” shows the slip as saved.',
        words: 'wifi name footer design brand theme',
      },
      {
        ...{ id: 'staff', role: 'owner', path: '/staff', link: 'Open Staff' },
        question: 'add a cashier?',
        answer:
          'Add them as an operator: they sell and help customers, and see only their own sales.',
        words: 'seller operator account user employee password',
      },
      {
        ...{ id: 'notices', role: 'owner', path: '/notices', link: 'Open Notices' },
        question: 'get a message when the internet is down?',
        answer: 'Open Telegram or Email, fill it in, and choose Save and send a test.',
        words: 'alert telegram email outage notification',
      },
      {
        ...{ id: 'backup', role: 'owner', path: '/backups', link: 'Open Backups' },
        question: 'back up or restore the shop?',
        answer:
          'A backup is made every night. Download one and keep it away from this computer. Restore goes back to one.',
        words: 'backup restore copy move computer',
      },
      {
        ...{ id: 'app', role: 'viewer', path: '/account', link: 'Your account' },
        question: 'put this on my phone like an app?',
        answer:
          'In the browser’s menu choose “Install app” or “Add to Home screen”. Browsers offer it over https; over http a shortcut works too.',
        words: 'install home screen pwa icon push',
      },
    ],
  },
];
