// Valid documents, by walking the schema at random.
import {
  Kind,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isNonNullType,
  isRequiredArgument,
  parseType,
} from 'graphql';
import { isMakeable, json, literal, name, present, written } from './values.mjs';

const MAX_DEPTH = 5;

/** A document of one operation, and the variables to send with it. */
export function walk(chance, schema) {
  const operation = chance.pick(['query', 'query', 'query', 'query', 'mutation', 'subscription']);
  const walker = new Walker(chance, schema, operation);
  return walker.document();
}

class Walker {
  constructor(chance, schema, operation) {
    Object.assign(this, { chance, schema, operation });
    this.variables = new Map();
    this.fragments = [];
    this.aliases = 0;
    this.directives = 0;
  }

  document() {
    const { chance, operation } = this;
    const root = {
      query: this.schema.getQueryType(),
      mutation: this.schema.getMutationType(),
      subscription: this.schema.getSubscriptionType(),
    }[operation];
    const count = operation === 'query' ? chance.integer(1, 3) : 1;
    const selectionSet = this.set(root, 0, count);
    const definition = {
      kind: Kind.OPERATION_DEFINITION,
      operation,
      name: chance.chance(0.7) || this.variables.size > 0 ? name('Walk') : undefined,
      variableDefinitions: [...this.variables.values()].map((variable) => variable.node),
      directives: [],
      selectionSet,
    };
    const sent = [...this.variables]
      .filter(([, variable]) => variable.sent)
      .map(([key, variable]) => [key, variable.value]);
    return {
      document: { kind: Kind.DOCUMENT, definitions: [definition, ...this.fragments] },
      variables: Object.fromEntries(sent),
    };
  }

  set(type, depth, count = this.chance.integer(1, 4)) {
    const { chance } = this;
    let selections;
    if (isAbstractType(type)) {
      const possible = chance.some(this.schema.getPossibleTypes(type), 2);
      selections = possible.map((inner) => ({
        kind: Kind.INLINE_FRAGMENT,
        typeCondition: named(inner),
        directives: this.condition(),
        selectionSet: this.set(inner, depth + 1, 2),
      }));
      selections.push(field('__typename'));
    } else {
      const fields = Object.values(type.getFields()).filter(
        (field) =>
          field.args.every((argument) => !isRequiredArgument(argument) || isMakeable(argument.type)) &&
          (depth < MAX_DEPTH || !isCompositeType(getNamedType(field.type))),
      );
      selections = chance.some(fields, count).map((chosen) => this.field(chosen, depth));
      if (selections.length === 0) selections = [field('__typename')];
    }
    const set = { kind: Kind.SELECTION_SET, selections };
    return depth > 0 && chance.chance(0.15) ? this.spread(type, set) : set;
  }

  /** Moves a set into a fragment. */
  spread(type, selectionSet) {
    const { chance } = this;
    const key = name(`F${this.fragments.length}`);
    this.fragments.push({
      kind: Kind.FRAGMENT_DEFINITION,
      name: key,
      typeCondition: named(type),
      directives: [],
      selectionSet,
    });
    const spread = { kind: Kind.FRAGMENT_SPREAD, name: key, directives: this.condition() };
    return { kind: Kind.SELECTION_SET, selections: chance.chance(0.2) ? [spread, spread] : [spread] };
  }

  field(chosen, depth) {
    const { chance } = this;
    const type = getNamedType(chosen.type);
    // What is mutated is skipped, so that the document is judged and nothing changes.
    const skipped = this.operation === 'mutation' && depth === 0;
    return {
      kind: Kind.FIELD,
      alias: this.aliases < 20 && chance.chance(0.1) ? name(`a${++this.aliases}`) : undefined,
      name: name(chosen.name),
      arguments: chosen.args
        .filter((argument) => this.gives(argument))
        .map((argument) => this.argument(argument)),
      directives: skipped ? [directive('skip', true)] : depth > 0 ? this.condition() : [],
      selectionSet: isCompositeType(type) ? this.set(type, depth + 1) : undefined,
    };
  }

  gives(argument) {
    // Pages are kept small, so that no document costs too much.
    if (argument.name === 'first') return true;
    if (['last', 'before', 'after'].includes(argument.name)) return false;
    return (
      isRequiredArgument(argument) || (isMakeable(argument.type) && this.chance.chance(0.3))
    );
  }

  argument(argument) {
    const { chance } = this;
    const variable = (type, hasDefault) =>
      chance.chance(0.25) ? this.variable(type, hasDefault) : undefined;
    const value =
      argument.name === 'first'
        ? { kind: Kind.INT, value: String(chance.integer(1, 2)) }
        : literal(chance, argument.type, variable, argument.defaultValue !== undefined);
    return { kind: Kind.ARGUMENT, name: name(argument.name), value };
  }

  /** A variable of this type, of a narrower one, or with a default for what is missing. */
  variable(type, hasDefault) {
    const { chance } = this;
    let text = String(type);
    let defaultValue;
    if (!isNonNullType(type)) {
      if (chance.chance(0.2)) text += '!';
    } else if (chance.chance(0.3)) {
      defaultValue = written(chance, json(chance, type), getNamedType(type));
      text = text.slice(0, -1);
    } else if (hasDefault && chance.chance(0.5)) {
      text = text.slice(0, -1);
    }
    const key = `v${this.variables.size}`;
    const required = text.endsWith('!');
    const sent = required || chance.chance(0.7);
    const value = required ? present(chance, type) : json(chance, type);
    const node = {
      kind: Kind.VARIABLE_DEFINITION,
      variable: { kind: Kind.VARIABLE, name: name(key) },
      type: parseType(text),
      defaultValue,
      directives: [],
    };
    this.variables.set(key, { node, sent, value });
    return node.variable;
  }

  condition() {
    const { chance } = this;
    if (this.directives >= 20 || !chance.chance(0.06)) return [];
    this.directives += 1;
    const value = chance.chance(0.5);
    return [directive(chance.pick(['skip', 'include']), value)];
  }
}

const named = (type) => ({ kind: Kind.NAMED_TYPE, name: name(type.name) });

export const field = (key, selectionSet) => ({
  kind: Kind.FIELD,
  name: name(key),
  arguments: [],
  directives: [],
  selectionSet,
});

export const directive = (key, value) => ({
  kind: Kind.DIRECTIVE,
  name: name(key),
  arguments: [
    { kind: Kind.ARGUMENT, name: name('if'), value: { kind: Kind.BOOLEAN, value } },
  ],
});
