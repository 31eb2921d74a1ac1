//! `ports`: the short syntax, and the long one for what only that one has.

use crate::{
    model::{Port, PortLabels, Value},
    render::tree::{map, text, with},
};

/// One published port.
pub fn of(port: &Port) -> Value {
    let PortLabels { mode, name, app_protocol, rest } = &port.labels;
    if port.labels == PortLabels::default() {
        return Value::String(port.to_string());
    }
    let host_ip = port.host_ip.ip().map(|ip| Value::String(ip.to_string()));
    let map = map([
        ("name", text(name.as_deref())),
        // Compose asks for a number here.
        ("target", Some(Value::Int(port.target.first.into()))),
        ("published", port.published.map(|range| Value::String(range.to_string()))),
        ("host_ip", host_ip),
        ("protocol", text(Some(port.protocol.as_str()))),
        ("app_protocol", text(app_protocol.as_deref())),
        ("mode", text(mode.as_deref())),
    ]);
    with(map, rest)
}
