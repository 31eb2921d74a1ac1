//! `ports`: the short syntax, and the long one for what only that one has.

use crate::{
    model::{Port, PortLabels, Value},
    render::tree::{map, text},
};

/// One published port.
pub fn of(port: &Port) -> Value {
    let PortLabels { mode, name, app_protocol } = &port.labels;
    if mode.is_none() && name.is_none() && app_protocol.is_none() {
        return Value::String(port.to_string());
    }
    let host_ip = port.host_ip.ip().map(|ip| Value::String(ip.to_string()));
    Value::Map(map([
        ("name", text(name.as_deref())),
        // Compose asks for a number here.
        ("target", Some(Value::Int(port.target.first.into()))),
        ("published", port.published.map(|range| Value::String(range.to_string()))),
        ("host_ip", host_ip),
        ("protocol", text(Some(port.protocol.as_str()))),
        ("app_protocol", text(app_protocol.as_deref())),
        ("mode", text(mode.as_deref())),
    ]))
}
