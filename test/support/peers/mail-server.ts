import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Mail {
  from: string;
  to: string[];
  subject: string;
  messageId: string;
  text: string;
}

/** A mail server of a few lines: takes plain mails over SMTP with a name and password, or refuses. */
export class MailServer {
  readonly mails: Mail[] = [];
  /** What the client gave as name and password. */
  readonly logins: string[] = [];
  /** Answers every mail with this instead; empty for a healthy server. */
  refusal = '';
  /** Never comes to the end of its greeting. */
  isSilent = false;
  private readonly sockets = new Set<Socket>();

  private constructor(private readonly server: Server) {}

  static async start(): Promise<MailServer> {
    const server = createServer();
    const mails = new MailServer(server);
    server.on('connection', (socket) => mails.talk(socket));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return mails;
  }

  get url(): string {
    return `smtp://shop%40example.com:hidden-word@127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** Connections that are open. */
  get talking(): number {
    return this.sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private talk(socket: Socket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    socket.setEncoding('utf8');
    let mail = { from: '', to: [] as string[] };
    let data: string | undefined;
    let rest = '';
    const say = (line: string) => socket.write(`${line}\r\n`);
    const address = (line: string) => /<([^>]*)>/.exec(line)?.[1] ?? '';
    const command = (line: string) => {
      const verb = line.split(' ')[0]!.toUpperCase();
      if (verb === 'EHLO') return say('250-shop\r\n250 AUTH PLAIN');
      if (verb === 'AUTH') {
        this.logins.push(Buffer.from(line.split(' ')[2]!, 'base64').toString());
        return say('235 welcome');
      }
      if (verb === 'MAIL') mail = { from: address(line), to: [] };
      if (verb === 'MAIL' && this.refusal) return say(this.refusal);
      if (verb === 'RCPT') mail.to.push(address(line));
      if (verb === 'DATA') {
        data = '';
        return say('354 go on');
      }
      if (verb === 'QUIT') return void socket.end('221 bye\r\n');
      return say('250 ok');
    };
    socket.on('data', (part: string) => {
      rest += part;
      for (let end = rest.indexOf('\r\n'); end >= 0; end = rest.indexOf('\r\n')) {
        const line = rest.slice(0, end);
        rest = rest.slice(end + 2);
        if (data === undefined) command(line);
        else if (line === '.') {
          this.mails.push({ ...mail, ...read(data) });
          data = undefined;
          say('250 taken');
        } else data += `${line.replace(/^\.\./, '.')}\n`;
      }
    });
    say(this.isSilent ? '220-wait' : '220 shop ESMTP');
  }
}

function read(raw: string): Pick<Mail, 'subject' | 'messageId' | 'text'> {
  const gap = raw.indexOf('\n\n');
  const head = raw.slice(0, gap).replace(/\n[ \t]+/g, ' ');
  const header = (name: string) => new RegExp(`^${name}: (.*)$`, 'mi').exec(head)?.[1] ?? '';
  const body = raw.slice(gap + 2);
  const isQuoted = header('Content-Transfer-Encoding') === 'quoted-printable';
  return {
    subject: header('Subject'),
    messageId: header('Message-ID'),
    text: isQuoted ? unquoted(body) : body,
  };
}

function unquoted(text: string): string {
  const bytes = text
    .replace(/=\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString();
}
