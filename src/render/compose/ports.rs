//! `ports`: the short syntax, and the long one for what only that one has.

use crate::{
    model::{Port, PortLabels, PortText, Value},
    render::tree::{map, text, with},
};

/// One published port.
pub fn of(port: &Port) -> Value {
    let PortLabels { mode, name, app_protocol, rest } = &port.labels;
    let (target, published, host_ip, protocol) = match &port.text {
        Some(PortText::Short(text)) => return Value::from(text.as_str()),
        Some(PortText::Long { target, published, host_ip, protocol }) => {
            (target.as_deref(), published.as_deref(), host_ip.as_deref(), protocol.as_deref())
        }
        None if port.labels == PortLabels::default() => return Value::String(port.to_string()),
        None => (None, None, None, None),
    };
    let published = published.map(str::to_owned).or(port.published.map(|range| range.to_string()));
    let host_ip = host_ip.map(str::to_owned).or(port.host_ip.ip().map(|ip| ip.to_string()));
    let map = map([
        ("name", text(name.as_deref())),
        // Compose asks for a number here, which it makes of a variable.
        ("target", Some(target.map_or(Value::Int(port.target.first.into()), Value::from))),
        ("published", published.map(Value::String)),
        ("host_ip", host_ip.map(Value::String)),
        ("protocol", text(Some(protocol.unwrap_or(port.protocol.as_str())))),
        ("app_protocol", text(app_protocol.as_deref())),
        ("mode", text(mode.as_deref())),
    ]);
    with(map, rest)
}
