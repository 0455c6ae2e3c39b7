import express from 'express';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { useViews } from '../../src/web/http/views';
import { temporaryFolder } from '../support/temporary-folder';

/** Pages are compiled when the server starts, and need their files no more. */

let folder: string;

beforeEach(() => {
  folder = temporaryFolder();
  mkdirSync(join(folder, 'parts'));
  writeFileSync(
    join(folder, 'page.ejs'),
    `<%- include('parts/top', { title: 'Shop & co.' }) %> for <%= name %>, by /a.css`,
  );
  writeFileSync(
    join(folder, 'parts', 'top.ejs'),
    `<h1><%= title %></h1><%- include('word', { word: name }) %>`,
  );
  writeFileSync(join(folder, 'parts', 'word.ejs'), `<i><%= word %></i>`);
});

test('a page and what it includes are shown after their files are gone', async () => {
  const app = express();
  useViews(app, folder, (html) => html.replace('by /a.css', 'by /a.css?v=1'));
  rmSync(folder, { recursive: true });
  const html = await new Promise((resolve, reject) => {
    app.render('page', { name: 'Ana' }, (error: Error | null, text) =>
      error ? reject(error) : resolve(text),
    );
  });
  expect(html).toBe('<h1>Shop &amp; co.</h1><i>Ana</i> for Ana, by /a.css?v=1');
});

test('a broken page is an error at start, and is named', () => {
  writeFileSync(join(folder, 'parts', 'word.ejs'), `<% if (word { %>`);
  expect(() => useViews(express(), folder, (html) => html)).toThrow(/parts.word\.ejs/);
});

const VIEWS = join(__dirname, '../../views');

test('no line of a view is too long to be read', () => {
  const names = readdirSync(VIEWS, { recursive: true, encoding: 'utf8' });
  const long = names
    .filter((name) => name.endsWith('.ejs'))
    .flatMap((name) => {
      const lines = readFileSync(join(VIEWS, name), 'utf8').split('\n');
      return lines.flatMap((line, index) => (line.length > 140 ? [`${name}:${index + 1}`] : []));
    });
  expect(long).toEqual([]);
});

test('no folder of views is too full to find a page in', () => {
  const folders = ['.', ...readdirSync(VIEWS, { recursive: true, encoding: 'utf8' })].filter(
    (name) => !name.endsWith('.ejs'),
  );
  const full = folders.filter((folder) => readdirSync(join(VIEWS, folder)).length > 20);
  expect(full).toEqual([]);
});
