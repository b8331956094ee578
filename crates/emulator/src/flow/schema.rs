//! The JSON Schema of flow files, for editors. It is made from the model, and says less than `check` finds.

use schemars::generate::SchemaSettings;

use super::model::Flow;

/// The schema as text, as it is published in `docs/schema/flow.schema.json`.
///
/// # Errors
/// Never in practice: a schema is plain JSON.
pub fn schema() -> serde_json::Result<String> {
    let mut schema = SchemaSettings::draft07()
        .into_generator()
        .into_root_schema_for::<Flow>();
    schema.insert("title".to_owned(), "WotNot flow file".into());
    let mut text = serde_json::to_string_pretty(&schema)?;
    text.push('\n');
    Ok(text)
}
