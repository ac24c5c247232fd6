"""What Schemathesis asks of each answer, beside what it knows of GraphQL."""

import os
import random
import re
from pathlib import Path

import graphql
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

# Files have no literal.
schemathesis.graphql.scalar("Upload", st.just(nodes.Null))

# What there is to act on, and arguments whose names do not say of which kind it is.
IDS = os.environ["TWINSPACE_IDS"].split()
KINDS = {
    "account": "person",
    "actor": "person",
    "after": "page",
    "cofounder": "person",
    "decidedBy": "person",
    "inReplyTo": "message",
    "pictured": "member",
    "uploader": "person",
}

# What the server says when it is at fault, and the codes that clients are told about.
FAULTS = {"INTERNAL_SERVER_ERROR", "TIMEOUT", "UNAVAILABLE"}
MANUAL = (Path(__file__).parents[3] / "docs/errors.md").read_text().partition("## Reasons")[0]
CODES = set(re.findall(r"^\| `([A-Z_]+)` \|", MANUAL, re.MULTILINE)) - FAULTS


@schemathesis.hook
def map_body(ctx, body):
    """Puts IDs of what there is in most places, and asks for the type of each object, by which the answer is judged."""
    chance = random.Random(graphql.print_ast(body))

    class Changes(graphql.Visitor):
        def enter_field(self, node, *_):
            self.field = node.name.value

        def leave_selection_set(self, node, *_):
            name = graphql.NameNode(value="__typename")
            return graphql.SelectionSetNode(selections=(*node.selections, graphql.FieldNode(name=name)))

        def leave_argument(self, node, *_):
            return self.with_ids(node)

        def leave_object_field(self, node, *_):
            return self.with_ids(node)

        def with_ids(self, node):
            """The same with IDs of the right kind: of a page for `pageId`, and for the `id` of `page`."""
            what, is_id = re.fullmatch("(.*?)(ids?)?", node.name.value, re.IGNORECASE).groups()
            kind = (KINDS.get(what, what) or self.field).lower()
            known = [id for id in IDS if kind.endswith(id.partition("_")[0]) or kind in ("node", "nodes")]
            values = getattr(node.value, "values", (node.value,))
            texts = all(isinstance(value, graphql.StringValueNode) for value in values)
            if not (is_id and known and texts) or chance.random() < 0.2:
                return None
            chosen = tuple(graphql.StringValueNode(value=chance.choice(known)) for _ in values)
            value = graphql.ListValueNode(values=chosen) if hasattr(node.value, "values") else chosen[0]
            return type(node)(name=node.name, value=value)

    return graphql.visit(body, Changes())


@schemathesis.check
def answer_is_well_formed(ctx, response, case):
    """The answer has the shape that the document asks for, and each error a code that clients know."""
    assert response.status_code < 500, f"status {response.status_code}"
    assert response.status_code != 401, "the session has ended: what follows would try nothing"
    schema = case.operation.schema.client_schema
    answer = response.json()
    assert isinstance(answer, dict) and answer.keys() <= {"data", "errors", "extensions"}, answer
    errors = answer.get("errors", [])
    assert errors or "data" in answer, "neither data nor errors"
    for error in errors:
        code = error["extensions"]["code"]
        assert code in CODES, error
        assert error["message"].strip(), error
    if answer.get("data") is not None:
        document = graphql.parse(case.body)
        assert graphql.validate(schema, document) == [], "an invalid document was executed"
        conforms(schema, document, answer)


def conforms(schema, document, answer):
    """Executes the document on the data of its own answer, which must come out again."""
    result = graphql.execute(
        schema,
        document,
        root_value=answer["data"],
        field_resolver=lambda source, info, **_: source[info.path.key],
        type_resolver=lambda source, *_: source["__typename"],
    )
    assert not result.errors, f"the answer is not of the schema: {result.errors[0]}"
    assert result.data == answer["data"], f"{answer['data']} instead of {result.data}"
