//! What is wrong with a value of a service, and where it is collected.

use std::borrow::Cow;

use crate::{
    check::context::Context,
    diag::{KeyPath, service_path},
    model::{Service, Value},
};

/// What is wrong with a value, in words that follow the name of its key, and what to do.
#[derive(Debug)]
pub(super) struct Fault {
    pub problem: String,
    pub help: String,
}

impl Fault {
    pub fn new(problem: impl Into<String>, help: impl Into<String>) -> Self {
        Self { problem: problem.into(), help: help.into() }
    }
}

/// A service that is judged, and what was found in it.
pub(super) struct Judge<'j, 'a> {
    pub context: &'j Context<'a>,
    pub service: &'a Service,
    pub name: &'a str,
    pub found: Vec<(KeyPath, Fault)>,
}

impl<'a> Judge<'_, 'a> {
    /// `services.NAME`.
    pub fn path(&self) -> KeyPath {
        service_path(self.name)
    }

    /// A text with its variables; see [`Context::value`].
    pub fn value<'t>(&self, written: &'t str) -> Option<Cow<'t, str>> {
        self.context.value(written)
    }

    /// Keep a fault.
    pub fn refuse(&mut self, at: KeyPath, fault: Fault) {
        self.found.push((at, fault));
    }

    /// Judge a text.
    pub fn text(&mut self, at: impl Fn() -> KeyPath, written: &str, fault: impl Fn(&str) -> Option<Fault>) {
        if let Some(fault) = self.value(written).and_then(|text| fault(&text)) {
            self.refuse(at(), fault);
        }
    }

    /// Judge a key of the service that holds a text, or a list of texts.
    pub fn texts(&mut self, key: &str, value: &'a Value, fault: impl Fn(&str) -> Option<Fault>) {
        let name = self.name;
        self.texts_at(|| service_path(name).key(key), value, fault);
    }

    /// The same, of a text or a list of texts that stands there.
    pub fn texts_at(
        &mut self,
        at: impl Fn() -> KeyPath,
        value: &Value,
        fault: impl Fn(&str) -> Option<Fault>,
    ) {
        let list = value.as_list();
        for (position, item) in list.unwrap_or(std::slice::from_ref(value)).iter().enumerate() {
            let Some(text) = item.as_str() else { continue };
            self.text(|| if list.is_some() { at().index(position) } else { at() }, text, &fault);
        }
    }
}
