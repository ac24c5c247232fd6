// Ways to break a valid document.
import { Kind, TypeInfo, getNamedType, isCompositeType, isLeafType, isNonNullType, print, visit, visitWithTypeInfo } from 'graphql';
import { directive, field } from './walk.mjs';
import { name } from './values.mjs';

/** Breaks a document in this way: its text, or nothing where there is nothing to break. */
export function broken(chance, schema, way, document) {
  const copy = structuredClone(document);
  const places = { chance, schema, document: copy, ...find(schema, copy) };
  const text = WAYS[way](places);
  if (text === undefined) return undefined;
  return typeof text === 'string' ? text : print(copy);
}

/** The parts of a document, with their types. */
function find(schema, document) {
  const info = new TypeInfo(schema);
  const found = { fields: [], arguments: [], values: [], sets: [], spreads: [], objects: [] };
  visit(
    document,
    visitWithTypeInfo(info, {
      enter(node) {
        const parent = info.getParentType();
        switch (node.kind) {
          case Kind.FIELD:
            found.fields.push({ node, parent, type: info.getType(), definition: info.getFieldDef() });
            break;
          case Kind.ARGUMENT:
            if (info.getArgument()) {
              const literal = node.value.kind !== Kind.VARIABLE;
              found.arguments.push({ node, definition: info.getArgument(), literal });
            }
            break;
          case Kind.OBJECT:
            found.objects.push({ node, type: getNamedType(info.getInputType()) });
            break;
          case Kind.SELECTION_SET:
            found.sets.push({ node, type: parent });
            break;
          case Kind.INLINE_FRAGMENT:
            found.spreads.push({ node, parent: info.getType() });
            break;
        }
        if (/Value|^Variable$/.test(node.kind) && info.getInputType()) {
          found.values.push({ node, type: info.getInputType() });
        }
      },
    }),
  );
  found.operation = document.definitions[0];
  found.variables = found.operation.variableDefinitions;
  found.fragments = document.definitions.slice(1);
  return found;
}

/** Applies a change to one of several, if there are any. */
function one({ chance }, items, change) {
  if (items.length === 0) return undefined;
  change(chance.pick(items));
  return true;
}

/** Replaces a literal of such a type. */
function replaced(places, named, value) {
  const literals = places.arguments.filter(
    ({ literal, definition }) => literal && named(getNamedType(definition.type), definition.type),
  );
  return one(places, literals, ({ node }) => (node.value = value));
}

/** Changes the type of a variable. */
function retyped(places, applies, change) {
  const variables = places.variables.filter((variable) => applies(variable.type));
  return one(places, variables, (variable) => {
    variable.type = change(variable.type);
    delete variable.defaultValue;
  });
}

const string = (value) => ({ kind: Kind.STRING, value });
const integer = (value) => ({ kind: Kind.INT, value });
const variable = (key) => ({ kind: Kind.VARIABLE, name: name(key) });
const named = (key) => ({ kind: Kind.NAMED_TYPE, name: name(key) });
const is = (key) => (type) => type.name === key;
const any = () => true;
const set = (...selections) => ({ kind: Kind.SELECTION_SET, selections });
const argument = (key, value) => ({ kind: Kind.ARGUMENT, name: name(key), value });
const fragment = (key, on, ...selections) => ({
  kind: Kind.FRAGMENT_DEFINITION,
  name: name(key),
  typeCondition: named(on),
  selectionSet: set(...selections),
});
const spread = (key) => ({ kind: Kind.FRAGMENT_SPREAD, name: name(key), directives: [] });
const inline = (on, ...selections) => ({
  kind: Kind.INLINE_FRAGMENT,
  typeCondition: named(on),
  directives: [],
  selectionSet: set(...selections),
});
const definition = (key, type) => ({
  kind: Kind.VARIABLE_DEFINITION,
  variable: variable(key),
  type,
  directives: [],
});
const leaves = (places) => places.fields.filter(({ type }) => type && isLeafType(getNamedType(type)));
const branches = (places) =>
  places.fields.filter(({ type }) => type && isCompositeType(getNamedType(type)));

/** The text with a character changed. */
function text(places, change) {
  return change(print(places.document));
}

const WAYS = {
  'a field that does not exist': (at) =>
    one(at, at.fields, ({ node }) => {
      node.alias = undefined;
      node.name = name(`${node.name.value}X`);
    }),
  'a field of a union': (at) =>
    one(at, at.sets, ({ node }) => node.selections.push(inline('ChatChange', field('id')))),
  'an argument that does not exist': (at) =>
    one(at, at.fields, ({ node }) => node.arguments.push(argument('nonsense', integer('1')))),
  'an argument left out': (at) => {
    const required = at.arguments.filter(({ definition }) => isNonNullType(definition.type));
    return one(at, required, ({ node }) => {
      for (const { node: of } of at.fields) of.arguments = of.arguments.filter((it) => it !== node);
    });
  },
  'an argument twice': (at) => {
    const fields = at.fields.filter(({ node }) => node.arguments.length > 0);
    return one(at, fields, ({ node }) => node.arguments.push(node.arguments[0]));
  },
  'a number for a text': (at) => replaced(at, is('String'), integer('1')),
  'a text for a number': (at) => replaced(at, is('Int'), string('1')),
  'a fraction for a number': (at) => replaced(at, is('Int'), { kind: Kind.FLOAT, value: '1.0' }),
  'a number that is too large': (at) => replaced(at, is('Int'), integer('2147483648')),
  'a number for a truth': (at) => replaced(at, is('Boolean'), integer('1')),
  'a truth for an ID': (at) => replaced(at, is('ID'), { kind: Kind.BOOLEAN, value: true }),
  'a text for an enum': (at) => replaced(at, (type) => type.getValues, string('ACTIVE')),
  'an enum value that does not exist': (at) =>
    replaced(at, (type) => type.getValues, { kind: Kind.ENUM, value: 'NONSENSE' }),
  'null where it is not allowed': (at) =>
    replaced(at, (_, type) => isNonNullType(type), { kind: Kind.NULL }),
  'a list of lists': (at) =>
    replaced(at, any, {
      kind: Kind.LIST,
      values: [{ kind: Kind.LIST, values: [{ kind: Kind.LIST, values: [integer('1')] }] }],
    }),
  'an input field that does not exist': (at) => {
    const objects = at.objects.filter(({ type }) => type?.getFields);
    return one(at, objects, ({ node }) =>
      node.fields.push({ kind: Kind.OBJECT_FIELD, name: name('nonsense'), value: integer('1') }),
    );
  },
  'an input field twice': (at) => {
    const objects = at.objects.filter(({ node, type }) => type?.getFields && node.fields.length > 0);
    return one(at, objects, ({ node }) => node.fields.push(node.fields[0]));
  },
  'an input field left out': (at) => {
    const objects = at.objects.filter(({ node }) => node.fields.length > 0);
    return one(at, objects, ({ node }) => (node.fields = []));
  },
  'a selection on a leaf': (at) =>
    one(at, leaves(at), ({ node }) => (node.selectionSet = set(field('id')))),
  'no selection on an object': (at) =>
    one(at, branches(at), ({ node }) => delete node.selectionSet),
  'a variable that is not defined': (at) =>
    one(at, at.values, ({ node }) => {
      for (const key of Object.keys(node)) delete node[key];
      Object.assign(node, variable('nonsense'));
    }),
  'a variable that is not defined, in a directive': (at) =>
    one(at, at.fields, ({ node }) =>
      node.directives.push({
        ...directive('include', true),
        arguments: [argument('if', variable('nonsense'))],
      }),
    ),
  'a variable that is not used': (at) => {
    at.operation.name = name('Walk');
    at.variables.push(definition('unused', named('Int')));
    return true;
  },
  'a variable twice': (at) => one(at, at.variables, (chosen) => at.variables.push(chosen)),
  'a variable of another type': (at) =>
    retyped(at, any, (type) => named(/DateTime/.test(print(type)) ? 'Int' : 'DateTime')),
  'a variable that may be null': (at) =>
    retyped(at, (type) => type.kind === Kind.NON_NULL_TYPE, (type) => type.type),
  'a variable that is a list': (at) =>
    retyped(at, any, (type) => ({
      kind: Kind.NON_NULL_TYPE,
      type: { kind: Kind.LIST_TYPE, type },
    })),
  'a variable that is no list': (at) =>
    retyped(at, (type) => /\[/.test(print(type)), (type) => named(print(type).replace(/[[\]!]/g, ''))),
  'a variable of an object type': (at) => retyped(at, any, () => named('Member')),
  'a variable of a type that does not exist': (at) => retyped(at, any, () => named('Nonsense')),
  'a default of another type': (at) =>
    one(at, at.variables, (chosen) => {
      chosen.defaultValue = { kind: Kind.LIST, values: [{ kind: Kind.OBJECT, fields: [] }] };
    }),
  'a directive that does not exist': (at) =>
    one(at, at.fields, ({ node }) => node.directives.push(directive('nonsense', true))),
  'a directive where it does not belong': (at) => {
    at.operation.name = name('Walk');
    at.operation.directives.push(directive('skip', true));
    return true;
  },
  'a directive twice': (at) =>
    one(at, at.fields, ({ node }) =>
      node.directives.push(directive('include', true), directive('include', false)),
    ),
  'a directive without its argument': (at) =>
    one(at, at.fields, ({ node }) =>
      node.directives.push({ ...directive('include', true), arguments: [] }),
    ),
  'a directive with an argument too many': (at) =>
    one(at, at.fields, ({ node }) => {
      const added = directive('include', true);
      added.arguments.push(argument('unless', integer('1')));
      node.directives.push(added);
    }),
  'a directive with another value': (at) =>
    one(at, at.fields, ({ node }) =>
      node.directives.push({
        ...directive('include', true),
        arguments: [argument('if', string('yes'))],
      }),
    ),
  'a fragment that does not exist': (at) =>
    one(at, at.sets, ({ node }) => node.selections.push(spread('Nonsense'))),
  'a fragment that is not used': (at) => {
    at.document.definitions.push(fragment('Unused', 'Member', field('id')));
    return true;
  },
  'a fragment twice': (at) =>
    one(at, at.fragments, (chosen) => at.document.definitions.push(structuredClone(chosen))),
  'a fragment on a type that does not exist': (at) =>
    one(at, at.sets, ({ node }) => node.selections.push(inline('Nonsense', field('id')))),
  'a fragment on an enum': (at) =>
    one(at, at.sets, ({ node }) => node.selections.push(inline('TwinSpaceRole', field('id')))),
  'a fragment that cannot be': (at) =>
    one(at, at.sets, ({ node }) => node.selections.push(inline('Avatar', field('__typename')))),
  'a fragment in itself': (at) =>
    one(at, at.fragments, (chosen) =>
      chosen.selectionSet.selections.push(spread(chosen.name.value)),
    ),
  'two fields of one name': (at) => {
    const fields = leaves(at).filter(({ node }) => node.name.value !== '__typename');
    return one(at, fields, ({ node, parent }) => {
      const key = (node.alias ?? node.name).value;
      const holder = at.sets.find(({ node: of }) => of.selections.includes(node));
      holder.node.selections.push({ ...field('__typename'), alias: name(key) }, inline(parent.name, node));
    });
  },
  'two values of one argument': (at) => {
    const fields = at.fields.filter(({ node }) => node.arguments.length > 0);
    return one(at, fields, ({ node }) => {
      const holder = at.sets.find(({ node: of }) => of.selections.includes(node));
      const other = structuredClone(node);
      other.arguments[0].value = string('another value');
      holder.node.selections.push(other);
    });
  },
  'two operations of one name': (at) => {
    at.operation.name = name('Walk');
    at.document.definitions.push(at.operation);
    return true;
  },
  'an anonymous operation among others': (at) => {
    at.document.definitions.push({
      kind: Kind.OPERATION_DEFINITION,
      operation: 'query',
      selectionSet: set(field('__typename')),
    });
    return true;
  },
  'a subscription of two fields': (at) => {
    if (at.operation.operation !== 'subscription') return undefined;
    at.operation.selectionSet.selections.push({ ...field('inboxChanged', set(field('__typename'))), alias: name('other') });
    return true;
  },
  'a bracket too few': (at) => text(at, (text) => text.trimEnd().slice(0, -1)),
  'a bracket too many': (at) => text(at, (text) => `${text}}`),
  'a selection of nothing': (at) => text(at, (text) => text.replace(/\{\s+id\s+\}/, '{ }')),
  'a character that does not belong': (at) => text(at, (text) => text.replace(/\n/, '\n ? ')),
  'a word cut off': (at) =>
    text(at, (text) => text.slice(0, at.chance.integer(1, Math.max(1, text.length - 2)))),
  'a character left out': (at) =>
    text(at, (text) => {
      const place = at.chance.integer(0, text.length - 1);
      return text.slice(0, place) + text.slice(place + 1);
    }),
  'a character twice': (at) =>
    text(at, (text) => {
      const place = at.chance.integer(0, text.length - 1);
      return text.slice(0, place) + text[place] + text.slice(place);
    }),
};

/** The ways. */
export const ways = Object.keys(WAYS);
