import { commandFrom, PISONET } from '../../src/command-line';

test('hints say the command that is there: the script of the folder, or npx for an installed package', () => {
  expect(commandFrom('/opt/pisonet/dist/src')).toBe('./pisonet');
  expect(commandFrom('/home/nena/shop/node_modules/pisonet-manager/dist/src')).toBe('npx pisonet');
  expect(PISONET).toBe('./pisonet');
});
