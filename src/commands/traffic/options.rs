//! What the command line of `traffic` says.

use std::{net::IpAddr, path::PathBuf, time::Duration};

use crate::model::traffic::Address;

/// `--rate`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Rate {
    /// So many requests a second, finite and at least 0.
    PerSecond(f64),
    /// As fast as the bound in flight allows.
    Max,
}

/// `--report`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportTo {
    /// `-`.
    Stdout,
    /// A file, overwritten: a page where its name ends with `.html`, JSON otherwise.
    File(PathBuf),
}

impl ReportTo {
    /// What the file's name ends with, in lower case.
    pub fn extension(&self) -> Option<String> {
        let Self::File(path) = self else { return None };
        path.extension().map(|extension| extension.to_string_lossy().to_lowercase())
    }

    /// Whether it is a page.
    pub fn is_page(&self) -> bool {
        self.extension().as_deref() == Some("html")
    }
}

/// What the command line says; `None` leaves it to the environment and the table.
#[derive(Debug, Default)]
pub struct TrafficOptions {
    /// `--config`.
    pub config: Option<PathBuf>,
    /// `--mode`.
    pub mode: Option<String>,
    /// `--rate`.
    pub rate: Option<Rate>,
    /// The URL that gets nothing but GET.
    pub url: Option<Address>,
    /// `--target`.
    pub target: Option<Address>,
    /// `--insecure`.
    pub insecure: bool,
    /// `--ca-file`.
    pub ca_file: Option<PathBuf>,
    /// Where there is no table, the order shop's runs, whatever the target.
    pub is_demo: bool,
    /// `--port`.
    pub port: Option<u16>,
    /// `--bind`.
    pub bind: Option<IpAddr>,
    /// `--peers`.
    pub peers: Vec<String>,
    /// `--start-delay`.
    pub start_delay: Option<Duration>,
    /// `--max-in-flight`.
    pub max_in_flight: Option<u32>,
    /// `--duration`.
    pub duration: Option<Duration>,
    /// `--report`.
    pub report: Option<ReportTo>,
    /// `--max-p99`.
    pub max_p99: Option<Duration>,
    /// `--max-failed`, as a part of 1.
    pub max_failed: Option<f64>,
}
