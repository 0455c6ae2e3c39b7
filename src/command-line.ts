/** How the commands are called from the shop's folder, as it stands in messages, help and papers. */
export const PISONET = 'npx pisonet';
