import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import express from 'express';

/** What Express needs to answer with JSON that is there already: without tokens, limits, checks or a database. */

function main(): void {
  const value: unknown = JSON.parse(readFileSync(process.argv[2]!, 'utf8'));
  const app = express();
  app.get('/', (_req, res) => res.json(value));
  const server = app.listen(0, '127.0.0.1', () =>
    process.send!({ port: (server.address() as AddressInfo).port }),
  );
  process.on('disconnect', () => process.exit());
}

main();
