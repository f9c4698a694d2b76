//! The processes that this one runs within.

/// The process ids of the parent, its parent, and so on. Where the system has no /proc as Linux
/// has, there are none.
pub(super) fn ancestors() -> Vec<u32> {
    let parent = |process: &u32| parent_of(*process).filter(|parent| *parent != 0);
    let own = std::process::id();
    std::iter::successors(parent(&own), parent).collect()
}

/// The field after the state, which follows the name of the program (proc_pid_stat(5)). The name is
/// in parentheses and may have any character in it.
fn parent_of(process: u32) -> Option<u32> {
    let stat = std::fs::read(format!("/proc/{process}/stat")).ok()?;
    let end_of_name = stat.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(stat.get(end_of_name + 1..)?).ok()?;
    rest.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::ancestors;

    #[test]
    fn the_parent_comes_first_and_the_first_process_last() {
        let found = ancestors();
        assert_eq!(found.first(), Some(&std::os::unix::process::parent_id()));
        assert_eq!(found.last(), Some(&1));
    }
}
