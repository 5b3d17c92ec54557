import AjvCompiler from '@fastify/ajv-compiler';

type Factory = ReturnType<typeof AjvCompiler>;
type Compile = ReturnType<Factory>;
type Check = ReturnType<Compile>;

/**
 * Fastify's own compiler of route schemas, put off until somebody asks for the route: all of them would cost the first
 * request of a person 90 ms more.
 */
export function lazyValidators(): Factory {
  const factory = AjvCompiler();
  return (externalSchemas, options) => {
    let compile: Compile | undefined;
    return (schema) => {
      let compiled: Check | undefined;
      // Fastify reads `errors` from the function that it has called.
      const check = Object.assign(
        (data: unknown) => {
          compile ??= factory(externalSchemas, options);
          compiled ??= compile(schema);
          const valid = compiled(data);
          check.errors = compiled.errors;
          return valid;
        },
        { errors: undefined as Check['errors'] },
      );
      return check as Check;
    };
  };
}
