import tseslint from 'typescript-eslint';

/** A text for people is made once, where it is printed, and nothing is read out of it: see src/text.ts. */
const TEXTS = [
  {
    selector:
      'CallExpression[callee.object.property.name=/^(message|what)$/]' +
      '[callee.property.name=/^(replace|replaceAll|split|startsWith|endsWith|includes|match|slice)$/]',
    message: 'Nothing is read out of a text: ask for its class, its kind, or its key (src/text.ts)',
  },
  {
    selector:
      'NewExpression[callee.name=/^(AppError|InvalidInput|Conflict|NotFound|NotAllowed|NeedsStaff|(Router|Gateway)(Refused|Unreachable|Away)|DeviceBlocked)$/]' +
      ' > TemplateLiteral[expressions.length>0]',
    message: 'Tag it with `say`, so that the text is known by its key (src/text.ts)',
  },
];

export default tseslint.config(
  {
    ignores: [
      'dist/',
      'dist.*/',
      'node_modules/',
      'data/',
      '*.js',
      '*.mjs',
      '*.cjs',
      'scripts/',
      'test/**/*.cjs',
      'public/',
    ],
  },
  ...tseslint.configs.recommendedTypeChecked,
  {
    languageOptions: {
      parserOptions: {
        project: './test/tsconfig.json',
        tsconfigRootDir: import.meta.dirname,
      },
    },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // Errors are kept and passed on as they came, whatever they are.
      '@typescript-eslint/prefer-promise-reject-errors': 'off',
      '@typescript-eslint/only-throw-error': 'off',
      eqeqeq: 'error',
    },
  },
  {
    files: ['test/**'],
    rules: {
      'no-restricted-syntax': [
        'error',
        {
          selector: 'MemberExpression[property.name="waitForFunction"]',
          message: "The pages' CSP forbids its later tries: use test/support/browser/until-true.ts",
        },
      ],
    },
  },
  {
    files: ['src/domain/**', 'src/format/figures.ts', 'src/web/portal/portal-text.ts'],
    rules: { 'no-restricted-syntax': ['error', ...TEXTS] },
  },
  {
    // Numbers and times look the same everywhere: figures.ts writes them for staff, portal-text.ts for customers;
    // the domain has the exact ones.
    files: ['src/**', 'cli/**'],
    ignores: ['src/domain/**', 'src/format/figures.ts', 'src/web/portal/portal-text.ts'],
    rules: {
      'no-restricted-syntax': [
        'error',
        ...TEXTS,
        {
          selector: 'MemberExpression[property.name=/^(toLocale\\w*String|toFixed)$/]',
          message: 'Write it with src/format/figures.ts',
        },
        {
          selector: "NewExpression[callee.object.name='Intl'][callee.property.name=/Format$/]",
          message: 'Write it with src/format/figures.ts',
        },
      ],
    },
  },
  {
    // A thread's file is loaded as it is; nothing compiles it in development.
    files: ['src/**/*.cjs'],
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  {
    // knex gives rows as `any` and its builders are thenables; each store maps rows to types in one place.
    files: ['src/store/**', 'bench/**', 'test/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-misused-promises': [
        'error',
        { checksVoidReturn: { arguments: false } },
      ],
    },
  },
);
