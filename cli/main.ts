#!/usr/bin/env node
import { pisonet } from './pisonet';
import { complain } from './shell/run-command';

// The reader may have seen enough: `pisonet vouchers list | head`.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(); // what follows a log would go on for ever
  process.exit(complain(error));
});

void pisonet(process.argv.slice(2)).then((code) => {
  process.exitCode = code;
});
