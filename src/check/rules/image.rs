//! Images: there is one, its reference is well-formed, and it names a version.

use super::Context;
use crate::diag::{Allow, Code, Diagnostic, service_path};

static NO_IMAGE: Code = Code::error(
    "no-image",
    Allow::OutsideCore,
    "\
A service has neither `image` nor `build`; Compose refuses it (`has neither an image nor a build context specified`) as \
soon as the service is active. An image that is only a variable without a value is the same: set it in `.env`, or give it a default.",
);

static BAD_IMAGE: Code = Code::error(
    "bad-image",
    Allow::Anywhere,
    "\
`image` is not a well-formed reference, `[host[:port]/]path[:tag][@digest]`: repository names are lower case, and a tag is \
up to 128 letters, digits, `_`, `.` and `-`. `docker compose config` accepts any text; the engine refuses it (`invalid \
reference format`).",
);

static UNPINNED_IMAGE: Code = Code::warning(
    "unpinned-image",
    "\
`image` has no tag or the tag `latest`, so what runs depends on when it was pulled: two machines with the same stack.toml \
run different software, and limits that were measured may no longer fit.

Name a version (`postgres:17-alpine`) or a digest. Where following the newest is intended, say why:

```toml
allow = { unpinned-image = \"nightly test of the newest\" }
```",
);

pub(super) static CODES: &[&Code] = &[&NO_IMAGE, &BAD_IMAGE, &UNPINNED_IMAGE];

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for (name, service) in context.services() {
        let Some(image) = &service.image else {
            let path = service_path(name);
            if service.build.is_none()
                && !service.is_provided()
                && !context.is_written(&path.key("image"))
                && !context.is_written(&path.key("build"))
                && !context.is_misplaced(&path, &["image", "build"])
                && !context.is_misspelt(&path, &["image", "build"])
            {
                let message = format!("service `{name}` has neither `image` nor `build`");
                found.push(
                    Diagnostic::new(&NO_IMAGE, message)
                        .together("{} services have neither `image` nor `build`")
                        .at_key(path)
                        .why("Compose refuses a service without either")
                        .help("write `image = \"NAME:VERSION\"`, or `build` with a context"),
                );
            }
            continue;
        };
        let written = image;
        let Some(image) = context.expand(written).filter(|_| !service.is_stackctl()) else { continue };
        let at = || service_path(name).key("image");
        if image.is_empty() && service.build.is_none() {
            let message = format!("the image of service `{name}` is empty: `{written}` has no value");
            found.push(
                Diagnostic::new(&NO_IMAGE, message)
                    .at(at())
                    .why("Compose refuses a service without an image")
                    .help("set the variable in .env, or give it a default"),
            );
            continue;
        }
        let reference = match parse(&image) {
            Ok(reference) => reference,
            Err(reason) => {
                let message =
                    format!("the image of service `{name}`, `{}`, {reason}", context.masked(written));
                found.push(
                    Diagnostic::new(&BAD_IMAGE, message)
                        .at(at())
                        .why("`docker compose config` accepts it and the engine refuses it: invalid reference format")
                        .help("write `[host/]path:tag`, such as `postgres:17-alpine`"),
                );
                continue;
            }
        };
        let what = match reference.tag {
            _ if service.build.is_some() || reference.digest => continue,
            None => "has no tag",
            Some("latest") => "has the tag `latest`",
            Some(_) => continue,
        };
        let message = format!("the image of service `{name}`, `{}`, {what}", context.masked(written));
        found.push(
            Diagnostic::new(&UNPINNED_IMAGE, message)
                .at(at())
                .together("{} images have no version: no tag, or the tag `latest`")
                .label("not a version")
                .why("what runs depends on when it was pulled")
                .help("name a version or a digest, or write `allow = { unpinned-image = \"reason\" }`"),
        );
    }
}

/// An image that a variable leaves empty.
struct Reference<'a> {
    tag: Option<&'a str>,
    digest: bool,
}

/// The grammar of the engine's references: `[host[:port]/]path[:tag][@algorithm:hex]`.
fn parse(image: &str) -> Result<Reference<'_>, &'static str> {
    let (rest, digest) = match image.split_once('@') {
        Some((rest, digest)) => (rest, Some(digest)),
        None => (image, None),
    };
    let (repository, tag) = match rest.rsplit_once(':') {
        Some((repository, tag)) if !tag.contains('/') => (repository, Some(tag)),
        _ => (rest, None),
    };
    if let Some(digest) = digest {
        let (algorithm, hex) = digest.split_once(':').ok_or("has a digest without an algorithm")?;
        let enough = if algorithm == "sha256" { hex.len() == 64 } else { hex.len() >= 32 };
        if !enough || !hex.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b)) {
            return Err("has a malformed digest");
        }
    }
    if let Some(tag) = tag {
        let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        let first = tag.bytes().next().is_some_and(word);
        if !first || tag.len() > 128 || !tag.bytes().all(|b| word(b) || b == b'.' || b == b'-') {
            return Err("has a malformed tag");
        }
    }
    let path = match repository.split_once('/') {
        Some((host, path)) if is_host(host) => path,
        _ => repository,
    };
    if repository.len() > 255 {
        return Err("is longer than 255 characters");
    }
    if path.bytes().any(|b| b.is_ascii_uppercase()) {
        return Err("has capitals in its repository name");
    }
    if path.split('/').all(is_component) {
        Ok(Reference { tag, digest: digest.is_some() })
    } else {
        Err("is not a well-formed reference")
    }
}

fn is_host(text: &str) -> bool {
    let looks =
        text.contains(['.', ':']) || text == "localhost" || text.bytes().any(|b| b.is_ascii_uppercase());
    let allowed = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'[' | b']');
    looks && text.bytes().all(allowed)
}

/// Lower case letters and digits, with `.`, `_`, `__` or hyphens between them.
fn is_component(text: &str) -> bool {
    let alphanumeric = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    let separators_fit = text
        .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
        .all(|between| matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-'));
    let ends = |b: Option<u8>| b.is_some_and(alphanumeric);
    separators_fit && ends(text.bytes().next()) && ends(text.bytes().last())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_references_as_the_engine_does() {
        let digest = format!("nginx@sha256:{}", "a".repeat(64));
        for (image, tag) in [
            ("nginx", None),
            ("nginx:1.30-alpine", Some("1.30-alpine")),
            ("localhost:5000/x/y", None),
            ("ghcr.io/a__b/c--d:v1", Some("v1")),
            ("Example.Com/a:b", Some("b")),
            (digest.as_str(), None),
        ] {
            assert_eq!(parse(image).map(|reference| reference.tag), Ok(tag), "{image}");
        }
        for image in [
            "Foo Bar",
            "UPPER",
            "nginx:",
            "nginx:a b",
            ":tag",
            "nginx@sha256:abc",
            "foo//bar",
            "-x",
            "a:b:c",
            "a___b",
        ] {
            assert!(parse(image).is_err(), "{image}");
        }
    }
}
