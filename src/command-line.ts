/**
 * How to call the commands from the shop's folder, for messages, help and docs. `npx pisonet` does the same,
 * but npx is slow, and asks the registry when called in another folder.
 */
export const PISONET = './pisonet';
