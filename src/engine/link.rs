//! A published port as a browser takes it.

use super::observe::Published;

/// Ports in containers that speak something else than HTTP: databases, brokers, mail, names, shells, gRPC.
const NOT_HTTP: [u16; 36] = [
    21, 22, 23, 25, 53, 110, 143, 389, 465, 587, 636, 993, 995, 1433, 1521, 1883, 2181, 3306, 4222, 4317,
    5432, 5433, 5672, 6379, 6380, 7687, 8883, 9042, 9092, 9093, 9094, 11211, 26257, 27017, 27018, 50051,
];

/// The link; an address where it speaks no HTTP.
pub fn link(port: &Published) -> String {
    let host = match port.address.as_str() {
        "" | "0.0.0.0" => "localhost".to_owned(),
        address if address.contains(':') => format!("[{address}]"),
        address => address.to_owned(),
    };
    let scheme = match port.target {
        443 | 8443 | 9443 => "https",
        _ => "http",
    };
    let shown = if host == "localhost" { "0.0.0.0" } else { &host };
    match port.protocol == "tcp" && !NOT_HTTP.contains(&port.target) {
        true => format!("{scheme}://{host}:{}", port.port),
        false => format!("{shown}:{}", port.port),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_browser_opens_what_speaks_http() {
        let link = |address: &str, port, target, protocol: &str| {
            super::link(&Published { address: address.into(), port, target, protocol: protocol.into() })
        };
        assert_eq!(link("127.0.0.1", 8080, 80, "tcp"), "http://127.0.0.1:8080");
        assert_eq!(link("0.0.0.0", 8443, 443, "tcp"), "https://localhost:8443");
        assert_eq!(link("::1", 80, 3000, "tcp"), "http://[::1]:80");
        assert_eq!(link("127.0.0.1", 15432, 5432, "tcp"), "127.0.0.1:15432");
        assert_eq!(link("0.0.0.0", 514, 514, "udp"), "0.0.0.0:514");
    }
}
