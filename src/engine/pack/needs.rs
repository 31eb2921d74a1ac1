//! What an ELF file says that it needs: an interpreter (the dynamic loader) and libraries by name.

use std::path::PathBuf;

use elf::{
    ElfBytes, ParseError,
    abi::{DT_NEEDED, DT_RPATH, DT_RUNPATH, DT_STRTAB, EM_AARCH64, EM_X86_64, PT_INTERP, PT_LOAD},
    endian::AnyEndian,
};

/// What a binary runs on, as far as images go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// `linux/amd64`.
    Amd64,
    /// `linux/arm64`.
    Arm64,
    /// Something else, by its number in ELF.
    Other(u16),
}

impl Machine {
    /// Docker's name for it.
    pub fn name(self) -> String {
        match self {
            Self::Amd64 => "amd64".to_owned(),
            Self::Arm64 => "arm64".to_owned(),
            Self::Other(number) => format!("ELF machine {number}"),
        }
    }
}

/// What a file needs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needs {
    /// What it runs on.
    pub machine: Machine,
    /// The dynamic loader; none in a static binary, and none in a library.
    pub interpreter: Option<PathBuf>,
    /// Libraries by name, such as `libc.so.6`.
    pub libraries: Vec<String>,
    /// Where it wants them looked for first; `$ORIGIN` is the folder that it lies in.
    pub search: Vec<String>,
}

impl Needs {
    /// Read the headers and the dynamic section. It reads no section table: a stripped file may have none.
    ///
    /// # Errors
    /// When these bytes are not an ELF file, or a broken one.
    pub fn read(bytes: &[u8]) -> Result<Self, ParseError> {
        let file = ElfBytes::<AnyEndian>::minimal_parse(bytes)?;
        let segments: Vec<_> = file.segments().into_iter().flatten().collect();
        let interpreter = segments.iter().find(|segment| segment.p_type == PT_INTERP);
        let interpreter = interpreter.map(|segment| file.segment_data(segment)).transpose()?;
        let entries: Vec<_> = file.dynamic()?.into_iter().flatten().collect();
        let strings = entries.iter().find(|entry| entry.d_tag == DT_STRTAB).and_then(|entry| {
            // The table is named by its address in memory; a loaded segment says where in the file that is.
            let address = entry.d_ptr();
            let loaded = segments.iter().filter(|segment| segment.p_type == PT_LOAD);
            let mut holding = loaded
                .filter(|segment| (segment.p_vaddr..segment.p_vaddr + segment.p_filesz).contains(&address));
            let segment = holding.next()?;
            bytes.get(usize::try_from(segment.p_offset + (address - segment.p_vaddr)).ok()?..)
        });
        let text = |offset: u64| {
            let from = strings?.get(usize::try_from(offset).ok()?..)?;
            let end = from.iter().position(|byte| *byte == 0)?;
            String::from_utf8(from[..end].to_vec()).ok()
        };
        let texts = |tags: &[i64]| -> Vec<String> {
            entries
                .iter()
                .filter(|entry| tags.contains(&entry.d_tag))
                .filter_map(|entry| text(entry.d_val()))
                .collect()
        };
        Ok(Self {
            machine: match file.ehdr.e_machine {
                EM_X86_64 => Machine::Amd64,
                EM_AARCH64 => Machine::Arm64,
                other => Machine::Other(other),
            },
            interpreter: interpreter
                .and_then(|name| name.split(|byte| *byte == 0).next())
                .map(|name| PathBuf::from(String::from_utf8_lossy(name).into_owned())),
            libraries: texts(&[DT_NEEDED]),
            search: texts(&[DT_RPATH, DT_RUNPATH])
                .iter()
                .flat_map(|paths| paths.split(':'))
                .map(str::to_owned)
                .collect(),
        })
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_very_test_is_read() {
        let bytes = std::fs::read("/proc/self/exe").unwrap();
        let needs = Needs::read(&bytes).unwrap();
        let machine = if cfg!(target_arch = "x86_64") { Machine::Amd64 } else { Machine::Arm64 };
        assert_eq!(needs.machine, machine);
        if cfg!(target_env = "gnu") && !cfg!(target_feature = "crt-static") {
            assert!(needs.interpreter.unwrap().is_absolute());
            assert!(needs.libraries.iter().any(|name| name.starts_with("libc.so")), "{:?}", needs.libraries);
        }
    }

    #[test]
    fn nonsense_is_an_error_and_no_panic() {
        let bytes = std::fs::read("/proc/self/exe").unwrap();
        for wrong in [&b""[..], b"#!/bin/sh\n", b"MZ", &bytes[..3], &bytes[..40], &bytes[..200]] {
            assert!(Needs::read(wrong).is_err(), "{} bytes", wrong.len());
        }
        // Whatever a flipped bit does, it does not panic.
        let mut head = bytes[..4096.min(bytes.len())].to_vec();
        for at in 0..head.len() {
            head[at] ^= 0x55;
            let _ = Needs::read(&head);
            head[at] ^= 0x55;
        }
    }
}
