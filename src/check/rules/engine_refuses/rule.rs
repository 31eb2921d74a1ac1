//! The rule: which key is judged by what.

use std::collections::HashSet;

use super::{
    address, attachment, capability, cpu_time,
    fault::{Fault, Judge},
    mount, namespace, platform, process, security, signal, sysctl, tmpfs, ulimit,
};
use crate::{
    check::context::{Context, key_in_service},
    diag::{Allow, Code, Diagnostic, KeyPath, Place},
};

static ENGINE_REFUSES: Code = Code::error(
    "engine-refuses",
    Allow::Anywhere,
    "\
A value has the right type, `docker compose config` accepts it, and the engine refuses the container when it is created or started. \
Everything was measured on Engine 28.5.

- `cap_add`, `cap_drop`: a capability of the kernel in any case, with or without `CAP_`, or `ALL`.
- `stop_signal`: a name with or without `SIG`, `RTMIN+1` to `RTMIN+15`, `RTMAX-14` to `RTMAX-1`, or a number other than 0.
- `ulimits`: a limit that the kernel knows, its soft value at most the hard one.
- `sysctls`: `net.*`, `fs.mqueue.*`, `kernel.msg*`, `kernel.sem`, `kernel.shm*` and `kernel.domainname` are a container's own; \
everything else, such as `vm.max_map_count`, belongs to the machine. With `network_mode = \"host\"`, `ipc = \"host\"` or `uts = \"host\"` those of \
that namespace are the machine's too. Where the kernel reads numbers, the value is numbers.
- `dns`, `extra_hosts`, `mac_address`, `link_local_ips`: addresses. The service's `mac_address` is that of its first network too (by `priority`, then by name).
- `platform`: an operating system, an architecture, or `OS/ARCHITECTURE[/VARIANT]`.
- `working_dir`, mount targets: absolute paths, and no mount on `/`, `/dev`, `/proc` or in `/proc`. `subpath` stays inside its volume. A bind has no `nocopy`, a volume no \
propagation, and the source of a bind no colon (outside of Windows). A mount of an image has a source; `npipe` exists on Windows, `cluster` in a swarm.
- `interface_name`: another one for each network. `post_start`: something to run.
- `security_opt`, options of `tmpfs`, `pid`, `ipc`, `uts`: what the engine knows. With `network_mode = \"service:x\"` name servers, host names and ports \
belong to the other container.
- `cpu_quota` from 1000 on, `cpu_period` from 1000 to 1000000, and neither beside `limits.cpus`, which is the same in another spelling.
- `mem_swappiness` from 0 to 100, `hostname` of at most 64 bytes, user and group numbers up to 2147483647.

```toml
sysctls = { \"vm.max_map_count\" = 262144 }      # error: set it on the machine, with `sysctl -w`
sysctls = { \"net.core.somaxconn\" = 1024 }
```",
);

pub(in crate::check::rules) static CODES: &[&Code] = &[&ENGINE_REFUSES];

pub(in crate::check::rules) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // A value from `[defaults]` is one place, and every service has it.
    let mut seen: HashSet<(Option<usize>, String)> = HashSet::new();
    for (name, service) in context.services() {
        let mut judge = Judge { context, service, name, found: Vec::new() };
        rest(&mut judge);
        cpu_time::judge(&mut judge);
        namespace::judge(&mut judge);
        mount::judge(&mut judge);
        tmpfs::judge(&mut judge);
        attachment::judge(&mut judge);
        for (at, fault) in judge.found {
            let place = context.project.document.locate(&Place::Value(at.clone())).map(|span| span.start);
            if seen.insert((place, fault.problem.clone())) {
                found.push(refused(name, at, fault));
            }
        }
    }
}

fn refused(service: &str, at: KeyPath, fault: Fault) -> Diagnostic {
    let key = key_in_service(&at);
    let message = format!("the engine refuses `{key}` of service `{service}`: {}", fault.problem);
    Diagnostic::new(&ENGINE_REFUSES, message)
        .at(at)
        .why("`docker compose config` accepts it and the container does not start")
        .help(fault.help)
}

fn rest(judge: &mut Judge<'_, '_>) {
    for (key, value) in &judge.service.rest {
        match key.as_str() {
            "cap_add" | "cap_drop" => judge.texts(key, value, capability::fault),
            "stop_signal" => judge.texts(key, value, signal::fault),
            "security_opt" => judge.texts(key, value, security::fault),
            "ulimits" => ulimit::judge(judge, value),
            "sysctls" => sysctl::judge(judge, value),
            "dns" => judge.texts(key, value, address::name_server),
            "extra_hosts" => address::hosts(judge, value),
            "mac_address" => judge.texts(key, value, address::hardware),
            "working_dir" => judge.texts(key, value, process::working_dir),
            "hostname" => judge.texts(key, value, process::hostname),
            "user" | "group_add" => judge.texts(key, value, process::ids),
            "cpuset" => judge.texts(key, value, process::cpuset),
            "platform" => judge.texts(key, value, platform::fault),
            "isolation" => judge.texts(key, value, process::isolation),
            "device_cgroup_rules" => judge.texts(key, value, process::device_rule),
            "post_start" => process::hooks(judge, value),
            "mem_swappiness" | "cpu_shares" => process::number(judge, key, value),
            _ => {}
        }
    }
}
