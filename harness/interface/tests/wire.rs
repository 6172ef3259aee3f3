//! OpenAPI documents from source to findings: what means the same is silent, what breaks somebody is found once.

use std::collections::BTreeSet;

use plumbline_interface::compare::compare;
use plumbline_interface::extract::{ExtractError, openapi};
use plumbline_interface::rules::{Catalogue, Finding, Lane};
use plumbline_interface::source::archive;
use plumbline_interface::{About, Interface, Language, text};
use proptest::prelude::*;
use serde_json::{Value, json};

fn read(source: &str) -> Result<Interface, ExtractError> {
    openapi::extract(About::new(Language::OpenApi, "pets"), &archive(source, "openapi.yaml"), None)
}

fn findings(old: &str, new: &str) -> Vec<Finding> {
    let (old, new) = (read(old).expect("the old document is sound"), read(new).expect("the new one too"));
    let judged = Catalogue::ours().judge(Language::OpenApi, &compare(&old, &new));
    assert_eq!(judged.unjudged, []);
    judged.findings
}

/// What is found, as rule, key and the level for old clients.
#[track_caller]
fn finds(old: &str, new: &str, expected: &[&str]) {
    let shown: Vec<String> = findings(old, new)
        .iter()
        .map(|it| format!("{} {} {}", it.levels[&Lane::WireOldClient], it.rule, it.key))
        .collect();
    assert_eq!(shown, expected);
}

/// A document in which `/pets` answers a schema, with components.
fn answering(schema: &str, components: &str) -> String {
    format!(
        "openapi: 3.0.3\npaths:\n  /pets:\n    get:\n      responses:\n        '200':\n          description: pets\n          \
         content: {{application/json: {{schema: {schema}}}}}\ncomponents:\n  schemas:\n    Any: {{}}\n{components}"
    )
}

/// The same, and what is sent there.
fn exchanging(schema: &str, components: &str) -> String {
    let body = format!("requestBody: {{content: {{application/json: {{schema: {schema}}}}}}}");
    let answer = answering(schema, components);
    answer.replace("    get:\n", &format!("    post:\n      {body}\n"))
}

#[track_caller]
fn same(old: &str, new: &str) {
    for (old, new) in [(old, new), (new, old)] {
        finds(&exchanging(old, ""), &exchanging(new, ""), &[]);
    }
}

#[test]
fn spellings_of_null_are_one() {
    same("{type: string, nullable: true}", "{anyOf: [{type: string}, {type: 'null'}]}");
    same("{type: string, nullable: true}", "{type: [string, 'null']}");
    same("{type: string, nullable: true}", "{oneOf: [{type: string, nullable: true}]}");
    same("{type: string, enum: [a], nullable: true}", "{type: [string, 'null'], enum: [a, null]}");
    same("{type: string, nullable: true}", "{allOf: [{type: string}], nullable: true}");
}

#[test]
fn spellings_of_composition_are_one() {
    let whole =
        "{type: object, required: [a], properties: {a: {type: string}, b: {type: integer, minimum: 1}}}";
    let parts = "{allOf: [{type: object, properties: {a: {type: string}}}, {required: [a], properties: {b: {type: integer, \
                 minimum: 1}}}]}";
    same(whole, parts);
    same("{type: object, properties: {a: {}}}", "{properties: {a: {}}}");
    same("{type: array, items: {type: string}}", "{items: {type: string}}");
    same("{oneOf: [{type: string}, {type: integer}]}", "{type: [integer, string]}");
    same("{anyOf: [{type: string, enum: [a]}, {type: string, enum: [b]}]}", "{type: string, enum: [b, a]}");
    same("{type: string, const: a}", "{type: string, enum: [a]}");
    same("{type: integer, minimum: 1, exclusiveMinimum: true}", "{type: integer, exclusiveMinimum: 1}");
    same("{type: object, additionalProperties: true}", "{type: object}");
    same("{type: number, maximum: 10}", "{type: number, maximum: 10.0}");
}

#[test]
fn a_component_and_its_place_are_one() {
    let inline = exchanging("{type: object, properties: {tag: {type: string}}}", "");
    let component = exchanging(
        "{$ref: '#/components/schemas/Pet'}",
        "    Pet: {type: object, properties: {tag: {type: string}}}\n",
    );
    let renamed = component.replace("Pet", "Animal");
    finds(&inline, &component, &[]);
    finds(&component, &inline, &[]);
    finds(&component, &renamed, &[]);
}

#[test]
fn a_default_of_list_items_says_nothing() {
    let component = "    Pet: {type: object, properties: {name: {type: string}}}\n";
    let list =
        |items: &str| format!("{{type: object, properties: {{items: {{type: array, items: {items}}}}}}}");
    let wrapped = list("{allOf: [{$ref: '#/components/schemas/Pet'}], default: {}}");
    let plain = list("{$ref: '#/components/schemas/Pet'}");
    finds(&exchanging(&wrapped, component), &exchanging(&plain, component), &[]);
}

#[test]
fn a_list_that_said_nothing_was_atomic_or_merged_by_its_patch_key() {
    let list = |more: &str| {
        let items = "{type: object, properties: {name: {type: string}}}";
        exchanging(
            &format!("{{type: object, properties: {{list: {{type: array, items: {items}{more}}}}}}}"),
            "",
        )
    };
    let merging = ", x-kubernetes-patch-strategy: merge, x-kubernetes-patch-merge-key: name";
    let map = ", x-kubernetes-list-type: map, x-kubernetes-list-map-keys: [name]";
    finds(&list(""), &list(", x-kubernetes-list-type: atomic"), &[]);
    finds(&list(merging), &list(&format!("{merging}{map}")), &[]);
    finds(&list(""), &list(map), &["breaking W-K8S-LISTTYPE POST /pets body application/json .list"]);
}

#[test]
fn a_parameter_that_becomes_a_document_is_written_another_way() {
    let with = |parameter: &str| {
        format!(
            "openapi: 3.0.1\npaths:\n  /pets:\n    get:\n      parameters: [{{name: filter, in: query, {parameter}}}]\n      responses: {{'200': {{description: pets}}}}\n"
        )
    };
    let list = with("schema: {type: array, items: {type: string}}");
    let document = with("content: {application/json: {schema: {type: object}}}");
    let expected =
        ["breaking W-REQ-PARAM-STYLE GET /pets query filter", "breaking W-REQ-TYPE GET /pets query filter"];
    finds(&list, &document, &expected);
    let roots: BTreeSet<String> =
        findings(&list, &document).into_iter().map(|it| it.notes["root"].clone()).collect();
    assert_eq!(roots.len(), 1, "{roots:?}");
}

#[test]
fn one_edit_of_a_component_is_one_root_in_both_directions() {
    let with = |name: &str| format!("    Pet: {{type: object, properties: {{name: {name}}}}}\n");
    let pet = "{$ref: '#/components/schemas/Pet'}";
    let found =
        findings(&exchanging(pet, &with("{type: string}")), &exchanging(pet, &with("{type: integer}")));
    let rules: Vec<&str> = found.iter().map(|it| it.rule.as_str()).collect();
    assert_eq!(rules, ["W-REQ-TYPE", "W-RSP-TYPE"]);
    assert_eq!(found[0].key, "Pet .name");
    assert_eq!(found[0].notes["root"], found[1].notes["root"]);
}

#[test]
fn an_inherited_property_changes_where_it_is_written() {
    let with = |name: &str| {
        format!(
            "    Base: {{type: object, properties: {{name: {name}}}}}\n    Dog: {{allOf: [{{$ref: '#/components/schemas/Base'}}, {{properties: {{bark: {{}}}}}}]}}\n    Cat: {{allOf: [{{$ref: '#/components/schemas/Base'}}, {{properties: {{meow: {{}}}}}}]}}\n"
        )
    };
    let both = "{oneOf: [{$ref: '#/components/schemas/Dog'}, {$ref: '#/components/schemas/Cat'}]}";
    let (old, new) = (with("{type: string}"), with("{type: integer}"));
    finds(&answering(both, &old), &answering(both, &new), &["breaking W-RSP-TYPE Base .name"]);
}

#[test]
fn a_read_only_property_is_not_sent() {
    let with =
        |more: &str| exchanging(&format!("{{type: object, properties: {{a: {{type: string}}{more}}}}}"), "");
    finds(
        &with(""),
        &with(", id: {type: string, readOnly: true}"),
        &["compatible W-RSP-PROP-ADDED POST /pets 200 application/json .id"],
    );
}

#[test]
fn schemas_may_contain_themselves() {
    let tree = |leaf: &str| {
        format!(
            "    Tree: {{type: object, properties: {{leaf: {leaf}, branches: {{type: array, items: {{$ref: '#/components/schemas/Tree'}}}}}}}}\n"
        )
    };
    let node = "{$ref: '#/components/schemas/Tree'}";
    let (old, new) = (tree("{type: string}"), tree("{type: string, nullable: true}"));
    finds(&answering(node, &old), &answering(node, &old), &[]);
    finds(&answering(node, &old), &answering(node, &new), &["breaking W-RSP-NULLABLE Tree .leaf"]);
}

#[test]
fn a_path_that_is_gone_is_one_root() {
    let answers = "{responses: {'200': {description: fine}}}";
    let kept = format!("openapi: 3.0.3\npaths:\n  /pets: {{get: {answers}}}\n");
    let old =
        format!("{kept}  /toys: {{get: {answers}, post: {answers}}}\n  /toys/{{id}}: {{get: {answers}}}\n");
    let found = findings(&old, &kept);
    assert_eq!(found.len(), 3);
    assert!(found.iter().all(|it| it.notes["root"] == "removed /toys"), "{found:?}");
}

#[test]
fn an_explicit_status_is_covered_by_the_one_for_all_others() {
    let with = |responses: &str| {
        format!("openapi: 3.0.3\npaths:\n  /pets:\n    get: {{responses: {{{responses}}}}}\n")
    };
    let default = "'200': {description: fine}, default: {description: no}";
    finds(&with(default), &with(&format!("{default}, '404': {{description: none}}")), &[]);
}

/// Another file and, through a lock, another address.
const REFERRING: &str = "-- main.yaml --
openapi: 3.0.3
paths:
  /pets:
    get:
      responses:
        '200':
          description: pets
          content: {application/json: {schema: {$ref: 'parts/pet.yaml#/Pet'}}}
-- parts/pet.yaml --
Pet: {type: object, properties: {name: {$ref: 'https://example.com/v1.2.0/names.yaml#/Name'}}}
";

#[test]
fn references_lead_to_files_and_through_a_lock() {
    let copy = "Name: {type: string}\n";
    let lock = |hash: &str| {
        format!(
            "{REFERRING}-- refs.lock --\n[[ref]]\naddress = \"https://example.com/v1.2.0/names.yaml\"\nfile = \"kept/names.yaml\"\nsha256 = \"{hash}\"\n-- kept/names.yaml --\n{copy}"
        )
    };
    let hash = "5a24f5ecac4e6b1be34ee72da0b6a8fd26c19eea3ea8ff0c7e0e0a83dd10b5e8";
    let error = read(&lock(hash)).expect_err("that is not its hash").to_string();
    let found = error.rsplit('`').nth(1).expect("it says what it found").to_owned();
    assert!(error.starts_with("refs.lock:2: expected `kept/names.yaml` to have the SHA-256"), "{error}");

    let interface = read(&lock(&found)).expect("now it is");
    let name = interface.fact("schema", "kept/names.yaml#/Name").expect("it is described");
    assert_eq!(name.attribute("type"), Some("string"));
    let address = interface.fact("ref", "https://example.com/v1.2.0/names.yaml").expect("it is named");
    assert_eq!(address.attribute("pinned"), Some("yes"));
}

#[track_caller]
fn refused(source: &str, message: &str, help: Option<&str>) {
    let error = read(source).expect_err("it is no document");
    assert_eq!(error.to_string(), message);
    assert_eq!(error.help().map(|help| help.split(':').next().unwrap_or_default()), help);
}

#[test]
fn what_cannot_be_read_is_an_error_at_its_place() {
    refused(
        REFERRING,
        "parts/pet.yaml:1: `https://example.com/v1.2.0/names.yaml#/Name` leads nowhere",
        Some("nothing is fetched"),
    );
    refused(
        &answering("{$ref: '#/components/schemas/Nobody'}", ""),
        "openapi.yaml:8: `#/components/schemas/Nobody` leads nowhere",
        Some("add what it refers to, or correct it"),
    );
    refused(
        "swagger: '2.0'\n",
        "openapi.yaml:1: expected OpenAPI 3.0 or 3.1, found Swagger 2.0",
        Some("convert it, or give the OpenAPI 3 document that most servers offer beside it"),
    );
    refused(
        "openapi: 2.9\n",
        "openapi.yaml: expected a document that says `openapi: 3.…`, found none",
        Some("name the folder or the file that holds it"),
    );
    let circle = "    A: {allOf: [{$ref: '#/components/schemas/B'}]}\n    B: {allOf: [{$ref: '#/components/schemas/A'}]}\n";
    refused(
        &answering("{$ref: '#/components/schemas/A'}", circle).replace(
            "{allOf: [{$ref: '#/components/schemas/B'}]}",
            "{type: object, allOf: [{$ref: '#/components/schemas/B'}, {type: object}]}",
        ),
        "openapi.yaml: references lead back to where they began, or schemas contain each other without end",
        Some("let one of them be described without the other"),
    );
    let twice = "-- a.yaml --\nopenapi: 3.0.3\npaths: {/pets: {get: {responses: {}}}}\n-- b.yaml --\nopenapi: 3.0.3\npaths: {/pets: {get: {responses: {}}}}\n";
    refused(
        twice,
        "b.yaml: `GET /pets` is described here and in `a.yaml`; give them as two interfaces, at `/paths`",
        None,
    );
}

#[test]
fn broken_text_is_an_error_at_its_line() {
    let error = read("openapi: 3.0.3\npaths: {\n").expect_err("a brace is open").to_string();
    assert!(error.starts_with("openapi.yaml:"), "{error}");
    let error =
        read(&format!("{{\"openapi\": {}", "[".repeat(100_000))).expect_err("it has no end").to_string();
    assert!(error.starts_with("openapi.yaml:1: "), "{error}");
}

#[test]
fn facts_are_written_and_read_back() {
    let interface = read(REFERRING.replace("https://example.com/v1.2.0/names.yaml#/Name", "#/Name").as_str());
    let source = format!(
        "{}Name: {{type: string, enum: ['a  b', \"c\\n\"]}}\n",
        REFERRING.replace("https://example.com/v1.2.0/names.yaml#/Name", "#/Name")
    );
    assert!(interface.is_err());
    let interface = read(&source).expect("the name is there");
    let again = text::parse(&text::print(&interface)).expect("what is printed can be read");
    assert_eq!(again, interface);
    insta::assert_snapshot!(text::print(&interface), @r###"
    # plumbline interface 1
    # language openapi
    # name pets
    info document  version=
    media GET /pets 200 application/json  schema=GET /pets 200 application/json
    op GET /pets  template=/pets
    reply GET /pets 200
    schema GET /pets 200 application/json  ref=parts/pet.yaml#/Pet
    schema parts/pet.yaml#/Name  type=string  values="a\s\sb", "c\\n"
    schema parts/pet.yaml#/Pet  type=object
    schema parts/pet.yaml#/Pet .name  ref=parts/pet.yaml#/Name
    "###);
}

/// Anything that could stand where a schema does.
fn schemas() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(json!({})),
        Just(json!(true)),
        Just(json!("text")),
        Just(json!({"$ref": "#/components/schemas/A"})),
        Just(json!({"$ref": "#/components/schemas/B"})),
        Just(json!({"type": "string", "enum": ["a", null]})),
        Just(json!({"type": ["integer", "null"], "minimum": 1})),
        Just(json!({"nullable": true})),
    ];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let list = prop::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            list.clone().prop_map(|list| json!({"allOf": list})),
            list.clone().prop_map(|list| json!({"oneOf": list})),
            list.prop_map(|list| json!({"anyOf": list, "type": "object"})),
            inner.clone().prop_map(|items| json!({"type": "array", "items": items})),
            inner.clone().prop_map(|values| json!({"additionalProperties": values})),
            (inner.clone(), inner).prop_map(|(one, other)| json!({
                "type": "object", "required": ["a.b", "c"], "properties": {"a.b": one, " x": other}
            })),
        ]
    })
}

/// A document in which two components are what they may be.
fn document(a: &Value, b: &Value) -> String {
    let media = json!({"application/json": {"schema": {"$ref": "#/components/schemas/A"}}});
    let operation = json!({"requestBody": {"content": media}, "responses": {"200": {"content": media}}});
    json!({
        "openapi": "3.0.3",
        "paths": {"/a": {"post": operation}},
        "components": {"schemas": {"A": a, "B": b}}
    })
    .to_string()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_schemas_are_read_and_compared(a in schemas(), b in schemas(), c in schemas()) {
        let (old, new) = (read(&document(&a, &b)), read(&document(&a, &c)));
        if let (Ok(old), Ok(new)) = (old, new) {
            let again = text::parse(&text::print(&old)).expect("what is printed can be read");
            prop_assert_eq!(&again, &old);
            prop_assert!(compare(&old, &again).is_empty());
            let judged = Catalogue::ours().judge(Language::OpenApi, &compare(&old, &new));
            prop_assert_eq!(judged.unjudged, []);
        }
    }

    #[test]
    fn no_text_is_too_much(text in "(openapi: 3.0.3\n)?[ -~\n]{0,200}") {
        drop(read(&text));
    }
}
