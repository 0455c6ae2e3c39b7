import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';

/**
 * What Express and EJS need for the plainest page there is: a list of ten rows, as long as the page we compare
 * it with, from a view compiled once, without headers, languages, databases or limits.
 */

const VIEW = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title><%= title %></title></head><body>
<ul><% for (const row of rows) { %><li><b><%= row.name %></b> <%= row.text %></li>
<% } %></ul></body></html>`;
const ROWS = 10;

function main(): void {
  const bytes = Number(process.argv[2]);
  const folder = mkdtempSync(join(tmpdir(), 'pisonet-bare-'));
  writeFileSync(join(folder, 'list.ejs'), VIEW);
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
  const app = express();
  app.set('views', folder);
  app.set('view engine', 'ejs');
  app.enable('view cache');
  const text = 'x'.repeat(Math.max(0, Math.round((bytes - 250) / ROWS)));
  app.get('/', (_req, res) => {
    const rows = Array.from({ length: ROWS }, (_, n) => ({ name: `row ${n}`, text }));
    res.render('list', { title: 'A list', rows });
  });
  const server = app.listen(0, '127.0.0.1', () =>
    process.send!({ port: (server.address() as AddressInfo).port }),
  );
  process.on('disconnect', () => process.exit());
}

main();
