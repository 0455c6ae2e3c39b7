/** Runs before each test file of the project `postgres`. */
process.env.TEST_BOOKS = 'postgres';
