// Runs before each test file: bytes are compared as bytes. `toEqual` would look at each of them as a key of an
// object, which takes seconds for a file of books. (Plain JavaScript: the types know no testers of equality.)
expect.addEqualityTesters([
  (one, other) =>
    one instanceof Uint8Array && other instanceof Uint8Array
      ? Buffer.compare(one, other) === 0
      : undefined,
]);
