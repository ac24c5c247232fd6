// Values of input types: as literals of a document, and as JSON for variables.
import {
  Kind,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isRequiredInputField,
} from 'graphql';

const TEXTS = ['', 'text', 'ł 🎒', 'a "quoted" \\ text', 'two\nlines', '{ $not: #a comment }'];

const SCALARS = {
  Int: (chance) => chance.pick([-1, 0, 1, 7, 2147483647, -2147483648]),
  Float: (chance) => chance.pick([-1.5, 0, 1e3, 3]),
  String: (chance) => chance.pick(TEXTS),
  ID: (chance) => chance.pick(['member_1', 'x', '7', '']),
  Boolean: (chance) => chance.chance(0.5),
  DateTime: () => '2026-01-31T12:00:00Z',
  Date: () => '2026-01-31',
  JSON: (chance) => chance.pick([null, 1, 'a', [1, [2]], { a: { b: null } }]),
};

/** Whether values of a type can be made: a file is sent in another way. */
export const isMakeable = (type) => !isFile(type) && !needsFile(getNamedType(type));

const isFile = (type) => getNamedType(type).name === 'Upload';

function needsFile(type, seen = new Set()) {
  if (!isInputObjectType(type) || seen.has(type)) return isFile(type);
  seen.add(type);
  return Object.values(type.getFields()).some(
    (field) => isRequiredInputField(field) && needsFile(getNamedType(field.type), seen),
  );
}

/** A value of a type, as JSON. */
export function json(chance, type, depth = 0) {
  if (isNonNullType(type)) return present(chance, type.ofType, depth);
  if (chance.chance(0.08)) return null;
  if (isListType(type)) {
    // A single value counts as a list of one.
    if (chance.chance(0.15)) return json(chance, type.ofType, depth);
    return Array.from({ length: chance.integer(0, 2) }, () => json(chance, type.ofType, depth));
  }
  if (isEnumType(type)) return chance.pick(type.getValues()).name;
  if (isInputObjectType(type)) return object(chance, type, depth);
  return SCALARS[type.name](chance);
}

/** A value that is not null. */
export function present(chance, type, depth = 0) {
  for (;;) {
    const value = json(chance, type, depth);
    if (value !== null) return value;
  }
}

function object(chance, type, depth) {
  const fields = Object.values(type.getFields()).filter((field) => !isFile(field.type));
  if (type.isOneOf) {
    const field = chance.pick(fields.filter((field) => isMakeable(field.type)));
    return { [field.name]: present(chance, field.type, depth + 1) };
  }
  const chosen = fields.filter(
    (field) => isRequiredInputField(field) || (depth < 3 && chance.chance(0.3)),
  );
  return Object.fromEntries(
    chosen.map((field) => [field.name, json(chance, field.type, depth + 1)]),
  );
}

/** A value of a type as a literal; `variable(type, hasDefault)` may put a variable in its place. */
export function literal(chance, type, variable = () => undefined, hasDefault = false, depth = 0) {
  const found = variable(type, hasDefault);
  if (found) return found;
  const bare = isNonNullType(type) ? type.ofType : type;
  if (isListType(bare) && !chance.chance(0.15)) {
    const values = Array.from({ length: chance.integer(0, 2) }, () =>
      literal(chance, bare.ofType, variable, false, depth + 1),
    );
    return { kind: Kind.LIST, values };
  }
  if (isInputObjectType(bare) && !bare.isOneOf) {
    const chosen = Object.values(bare.getFields()).filter(
      (field) =>
        isRequiredInputField(field) ||
        (depth < 3 && isMakeable(field.type) && chance.chance(0.3)),
    );
    const fields = chosen.map((field) => ({
      kind: Kind.OBJECT_FIELD,
      name: name(field.name),
      value: literal(chance, field.type, variable, field.defaultValue !== undefined, depth + 1),
    }));
    return { kind: Kind.OBJECT, fields };
  }
  return written(chance, json(chance, type, depth), getNamedType(type));
}

/** JSON as it is written in a document. */
export function written(chance, value, type) {
  if (value === null) return { kind: Kind.NULL };
  if (Array.isArray(value)) {
    return { kind: Kind.LIST, values: value.map((item) => written(chance, item, type)) };
  }
  if (typeof value === 'object') {
    const fields = Object.entries(value).map(([key, item]) => {
      const field = isInputObjectType(type) && type.getFields()[key];
      const inner = field ? getNamedType(field.type) : type;
      return { kind: Kind.OBJECT_FIELD, name: name(key), value: written(chance, item, inner) };
    });
    return { kind: Kind.OBJECT, fields };
  }
  if (typeof value === 'boolean') return { kind: Kind.BOOLEAN, value };
  if (typeof value === 'number') {
    const kind = Number.isInteger(value) ? Kind.INT : Kind.FLOAT;
    return { kind, value: String(value) };
  }
  if (isEnumType(type)) return { kind: Kind.ENUM, value };
  // An ID may be written as an integer.
  if (type.name === 'ID' && /^[1-9]\d*$/.test(value)) return { kind: Kind.INT, value };
  return { kind: Kind.STRING, value, block: chance.chance(0.2) };
}

/** A name in a document. */
export const name = (value) => ({ kind: Kind.NAME, value });
