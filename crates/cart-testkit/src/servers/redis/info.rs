//! What a Redis server tells of itself.

/// The answer to `INFO`: a line `name:value` for each thing.
#[derive(Debug)]
pub(super) struct Info(pub(super) String);

impl Info {
    fn value(&self, name: &str) -> Option<&str> {
        let of_name = |line: &'_ str| -> bool { line.split(':').next() == Some(name) };
        let line = self.0.lines().find(|line| of_name(line))?;
        Some(line.get(name.len() + 1..)?.trim_end())
    }

    pub(super) fn is(&self, name: &str, value: &str) -> bool {
        self.value(name) == Some(value)
    }

    /// A number, if it is told and is one.
    pub(super) fn number(&self, name: &str) -> Option<u64> {
        self.value(name)?.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_found_by_their_whole_names() {
        let info = Info("# Replication\r\nrole_of:x\r\nrole:slave\r\noffset:12\r\n".to_owned());
        assert!(info.is("role", "slave"));
        assert!(!info.is("role", "master"));
        assert_eq!(info.number("offset"), Some(12));
        assert_eq!(info.number("role"), None);
        assert_eq!(info.number("off"), None);
    }
}
