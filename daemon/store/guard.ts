import { isDamage } from './failure.ts';

type Method = (...given: never[]) => unknown;

const isGenerator = (result: unknown): result is Generator =>
  typeof result === 'object' && result !== null && 'next' in result;

/** The same functions, which call `onDamage` before they throw an error that says that the database is damaged. */
export function guarded<Methods extends object>(methods: Methods, onDamage: () => void): Methods {
  const noticed = (error: unknown): unknown => {
    if (isDamage(error)) onDamage();
    return error;
  };
  function* rows(result: Generator): Generator {
    try {
      yield* result;
    } catch (error) {
      throw noticed(error);
    }
  }
  const guard =
    (method: Method): Method =>
    (...given) => {
      try {
        const result = method.apply(methods, given);
        return isGenerator(result) ? rows(result) : result;
      } catch (error) {
        throw noticed(error);
      }
    };
  return Object.fromEntries(Object.entries(methods).map(([name, method]) => [name, guard(method)])) as Methods;
}
