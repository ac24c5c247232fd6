//! Values as JSON, written as clients receive them.

use async_graphql::Value;
use serde_json::json;
use twinspace::graphql::json::{Json, write};

#[test]
fn a_value_is_written_as_serde_writes_it() {
    let value = json!({
        "text": "“Quoted” \"\\\u{0}\u{1f600}\n", "number": -12, "real": 1.5, "yes": true, "no": false,
        "none": null, "list": [[], [1, "two", {}], { "deep": { "er": [null] } }],
    });
    let text = serde_json::to_string(&value).unwrap();
    let mut value = Value::from_json(value).unwrap();
    let mut written = Vec::new();
    write(&mut written, &value);
    assert_eq!(String::from_utf8(written.clone()).unwrap(), text);
    assert_eq!(serde_json::to_string(&Json(&value)).unwrap(), text);

    // As a list leaves it.
    if let Value::Object(fields) = &mut value {
        let list = fields.get_mut("list").unwrap();
        let mut json = Vec::new();
        write(&mut json, list);
        *list = Value::Binary(json.into());
    }
    let mut again = Vec::new();
    write(&mut again, &value);
    assert_eq!(again, written);
    assert_eq!(serde_json::to_string(&Json(&value)).unwrap(), text);
}
