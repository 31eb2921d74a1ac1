//! What a proof took variables for.

use serde_json::{Value, json};

use crate::model::Assumption;

/// One line for each variable, or nothing without any.
pub fn human(assumed: &[Assumption]) -> String {
    assumed.iter().map(|assumption| format!("assumes: {assumption}\n")).collect()
}

/// `[{"variable", "value", "from"}]`; the value is null where it could be a password.
pub fn json(assumed: &[Assumption]) -> Value {
    let entry =
        |it: &Assumption| json!({ "variable": it.variable, "value": it.value, "from": it.origin.as_str() });
    assumed.iter().map(entry).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Origin;

    #[test]
    fn each_is_named_with_where_it_comes_from() {
        let port = Assumption::new("WEB_PORT", Some("8080"), Origin::EnvFile);
        let driver = Assumption::new("DRIVER", Some("hunter2"), Origin::Default);
        let assumed = [port, driver];
        assert_eq!(human(&assumed), "assumes: WEB_PORT=8080 (.env)\nassumes: DRIVER (default)\n");
        let expected = json!([
            { "variable": "WEB_PORT", "value": "8080", "from": ".env" },
            { "variable": "DRIVER", "value": null, "from": "default" },
        ]);
        assert_eq!(json(&assumed), expected);
    }
}
