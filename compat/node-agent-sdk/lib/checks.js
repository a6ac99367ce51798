// Named checks and their outcome.

export class Checks {
  passed = 0;
  failed = 0;
  skipped = 0;
  #label;

  constructor(label) {
    this.#label = label;
  }

  #say(outcome, name) {
    console.log(`${outcome.padEnd(4)} ${this.#label}  ${name}`);
  }

  fail(name, error) {
    this.failed += 1;
    this.#say('FAIL', name);
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    console.log(text.replace(/^/gm, '       '));
  }

  /**
   * Runs one flow. Its checks build on each other: after the first that fails the rest is not run.
   * `always` runs in any case and may fail the flow too.
   */
  async flow(name, run, always) {
    let isBroken = false;
    const check = async (what, body) => {
      if (isBroken) return;
      try {
        await body();
        this.passed += 1;
        this.#say('ok', `${name}: ${what}`);
      } catch (error) {
        isBroken = true;
        this.fail(`${name}: ${what}`, error);
      }
    };
    check.skip = (what, why) => {
      if (isBroken) return;
      this.skipped += 1;
      this.#say('skip', `${name}: ${what} (${why})`);
    };
    try {
      await run(check);
    } catch (error) {
      isBroken = true;
      this.fail(`${name}: set-up`, error);
    }
    await check('every frame was as the spec says, and the SDK complained of nothing', always);
  }
}
