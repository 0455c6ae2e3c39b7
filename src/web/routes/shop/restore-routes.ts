import { mkdtemp, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Request, RequestHandler } from 'express';
import multer from 'multer';
import { AppError, Conflict, InvalidInput } from '../../../errors';
import { UPLOAD_FOLDER } from '../../../store/database/books-swap';
import { field } from '../../http/forms';
import type { WebParts } from '../../http/web-parts';
import { restartPage } from '../../staff/restart-page';
import type { StaffPages } from '../../staff/staff-pages';
import { flash, whoIs } from '../../staff/staff-sessions';
import { say } from '../../../text';

const PAGE = '/admin/backups';
/** Typed by the owner, in capitals: what was sold since the backup is lost. */
const WORD = 'RESTORE';
/** Until the browser goes on: who can sign in now is to be read. */
const READ_SECONDS = 15;
const LARGEST_BYTES = 4_000_000_000;

/** Going back to a backup: one of the nights, or a file of the owner's. */
export function restoreRoutes(pages: StaffPages, { services, restart }: WebParts): void {
  const { backups } = services;

  pages.post('/backups/restore', 'owner', async (req, res, me) => {
    try {
      if (!restart) throw new Conflict('This server cannot restart itself: restore in a terminal');
      if (field(req, 'word') !== WORD) throw new InvalidInput(say`Type ${WORD} to confirm`);
      const { brings, between } = await prepare(req, me.name);
      const said = 'The backup is checked.';
      restartPage(res, restart, { said, brings, back: '/admin', between, seconds: READ_SECONDS });
    } catch (error) {
      if (!(error instanceof AppError)) throw error;
      flash(req, 'bad', say`Nothing was restored. ${error.message}`);
      res.redirect(303, PAGE);
    }
  });

  function prepare(req: Request, by: string) {
    const night = field(req, 'night');
    if (night !== '') return backups.prepareRestore({ night }, by);
    if (!req.file) throw new InvalidInput('Choose a backup of the list, or a file');
    const { path, originalname } = req.file;
    return backups.prepareRestore({ file: path, name: originalname.slice(0, 100) }, by);
  }
}

/**
 * Writes an uploaded backup beside the books, where there is room for it, until the request is answered.
 * Only an owner's is read at all: anybody else could fill the disk.
 */
export function readBackup(parts: WebParts): RequestHandler {
  const { database } = parts.config;
  return async (req, res, next) => {
    if (database.kind !== 'sqlite' || database.file === ':memory:') return next();
    const me = await whoIs(req, parts);
    if (me?.role !== 'owner') return next();
    const folder = await mkdtemp(join(dirname(database.file), UPLOAD_FOLDER));
    res.once('close', () => void rm(folder, { recursive: true, force: true }));
    const upload = multer({
      dest: folder,
      limits: { files: 1, fields: 10, fieldSize: 2_000, parts: 15, fileSize: LARGEST_BYTES },
    });
    upload.single('file')(req, res, next);
  };
}
