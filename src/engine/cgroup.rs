//! The control groups of a container, where its machine is this one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::observe::Observed;

/// Where this machine has its control groups, below its root.
const MOUNT: &str = "sys/fs/cgroup";

/// The control groups that a container has for itself.
#[derive(Debug)]
pub struct OwnGroups {
    mount: PathBuf,
    /// `/proc/PID/cgroup` of its main process.
    lines: String,
    id: String,
}

impl OwnGroups {
    /// Those of a container that runs. Whether the engine's machine is this one shows in the group of the process with its
    /// number: every runtime names the group after the container. Behind a forwarded socket, or one of a virtual machine, that
    /// number is of another process, or of none; a rootless engine without control groups leaves its containers in its own.
    pub fn of(root: &Path, container: &Observed) -> Option<Self> {
        let Observed { id, pid, .. } = container;
        let lines = fs::read_to_string(root.join(format!("proc/{pid}/cgroup"))).ok()?;
        let groups = Self { mount: root.join(MOUNT), lines, id: id.clone() };
        groups.lines.lines().any(|line| groups.own(line).is_some()).then_some(groups)
    }

    /// The controller's file of this name, by what it is called with cgroup 1 and with cgroup 2; `None` where the container
    /// has no group of this controller to itself. What it holds is trimmed.
    pub fn read(&self, controller: &str, version_1: &str, version_2: &str) -> Option<String> {
        let with =
            |line: &&str| line.split(':').nth(1).is_some_and(|it| it.split(',').any(|it| it == controller));
        let file = match self.lines.lines().find(with) {
            Some(line) => self.mount.join(controller).join(self.own(line)?).join(version_1),
            None => self
                .mount
                .join(self.own(self.lines.lines().find(|line| line.starts_with("0::"))?)?)
                .join(version_2),
        };
        Some(fs::read_to_string(file).ok()?.trim().to_owned())
    }

    /// The path of the group that is named after the container: its processes may be in one below.
    fn own<'a>(&self, line: &'a str) -> Option<&'a str> {
        let path = line.splitn(3, ':').nth(2)?;
        let at = path.find(&self.id).filter(|_| !self.id.is_empty())?;
        let end = path[at..].find('/').map_or(path.len(), |end| at + end);
        Some(path[..end].trim_start_matches('/'))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_its_own_where_it_names_the_container() {
        let root = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = root.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        let id = "0f3c".repeat(16);
        let groups =
            |pid| OwnGroups::of(root.path(), &Observed { id: id.clone(), pid, ..Observed::default() });
        let read = |pid| groups(pid)?.read("memory", "memory.limit_in_bytes", "memory.max");
        // cgroup 2, with the processes in a group below.
        let scope = format!("machine.slice/libpod-{id}.scope");
        write("proc/7/cgroup", &format!("0::/{scope}/container\n"));
        assert_eq!(read(7), None);
        write(&format!("sys/fs/cgroup/{scope}/memory.max"), "4096\n");
        assert_eq!(read(7).as_deref(), Some("4096"));
        // cgroup 1 beside an empty cgroup 2.
        write(
            "proc/8/cgroup",
            &format!("4:memory:/docker/{id}\n1:cpu,cpuacct:/docker/{id}\n0::/docker/{id}\n"),
        );
        write(&format!("sys/fs/cgroup/memory/docker/{id}/memory.limit_in_bytes"), "8192\n");
        write(&format!("sys/fs/cgroup/cpu/docker/{id}/cpu.cfs_quota_us"), "-1\n");
        assert_eq!(read(8).as_deref(), Some("8192"));
        assert_eq!(groups(8).unwrap().read("cpu", "cpu.cfs_quota_us", "cpu.max").as_deref(), Some("-1"));
        // A process of this machine that has the number of one elsewhere, or of a container without a group.
        write("proc/9/cgroup", "4:memory:/user.slice\n0::/user.slice\n");
        write("sys/fs/cgroup/memory/user.slice/memory.limit_in_bytes", "1\n");
        assert!(groups(9).is_none() && groups(10).is_none());
        let nameless = Observed { pid: 9, ..Observed::default() };
        assert!(OwnGroups::of(root.path(), &nameless).is_none());
    }
}
