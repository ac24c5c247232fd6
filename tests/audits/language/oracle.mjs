// What graphql-js says about a request.
import {
  GraphQLError,
  isExecutableDefinitionNode,
  getOperationAST,
  getVariableValues,
  parse,
  specifiedRules,
  validate,
} from 'graphql';

/**
 * The stage at which a request is refused (`parse`, `validate`, `coerce`), or `valid`, and the
 * errors: the message, the lines and columns, and the names that it quotes.
 */
export function judge(schema, text, variables = {}) {
  let document;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof GraphQLError)) throw error;
    return verdict('parse', [error]);
  }
  // The server reads no other definitions.
  const other = document.definitions.find((definition) => !isExecutableDefinitionNode(definition));
  if (other) return verdict('parse', [new GraphQLError('Syntax error', { nodes: other })]);
  const errors = validated(schema, document);
  if (errors.length > 0) return verdict('validate', errors);
  const operation = getOperationAST(document, nameOf(text));
  if (!operation) return verdict('valid', []);
  const { errors: wrong } = getVariableValues(
    schema,
    operation.variableDefinitions ?? [],
    variables,
    { maxErrors: 50 },
  );
  return wrong ? verdict('coerce', wrong) : verdict('valid', []);
}

/** The name of the first of several operations: one must be chosen. */
export function nameOf(text) {
  try {
    const found = parse(text).definitions.filter(({ kind }) => kind === 'OperationDefinition');
    return found.length > 1 ? found[0].name?.value : undefined;
  } catch {
    return undefined;
  }
}

function validated(schema, document) {
  try {
    return validate(schema, document, specifiedRules, { maxErrors: 50 });
  } catch (error) {
    // A subscription whose field depends on a variable.
    if (!(error instanceof GraphQLError)) throw error;
    // It does not say where.
    return [new GraphQLError(error.message.replaceAll('"', ''))];
  }
}

function verdict(stage, errors) {
  return {
    stage,
    errors: errors.map((error) => ({
      message: error.message,
      places: (error.locations ?? []).map(({ line, column }) => `${line}:${column}`),
      names: stage === 'parse' ? [] : quoted(error.message),
    })),
  };
}

/** The names that a message quotes, without those that it only suggests. */
function quoted(message) {
  let [told] = message.split(' Did you mean ');
  // Where fields conflict, it is the innermost that differ.
  told = told.slice(Math.max(0, told.lastIndexOf('ields "')));
  return [...told.matchAll(/"\$?([^"\s]+)"/g)].map(([, name]) => name.replace(/[[\]!]/g, ''));
}
