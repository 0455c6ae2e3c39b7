/**
 * How the commands are called from the shop's folder, as it stands in messages, help and papers. `npx pisonet`
 * does the same, but npx takes its time, and asks the registry where it is called in another folder.
 */
export const PISONET = './pisonet';
