//! The help topics: `nxp help TOPIC`.
//!
//! Each topic is a Markdown file here. It uses no more of Markdown than a title, headings, paragraphs,
//! lists of one level, fenced code and tables; in text only `` `code` ``.

/// What `nxp help` explains apart from commands.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Its Markdown.
    pub(crate) text: &'static str,
}

/// The topics that are Markdown, in the order in which help lists them.
const TOPICS: [Topic; 7] = [
    topic("environment", include_str!("environment.md")),
    topic("exit-codes", include_str!("exit-codes.md")),
    topic("scripting", include_str!("scripting.md")),
    topic("ci", include_str!("ci.md")),
    topic("security", include_str!("security.md")),
    topic("agents", include_str!("agents.md")),
    topic("troubleshooting", include_str!("troubleshooting.md")),
];

const fn topic(name: &'static str, text: &'static str) -> Topic {
    Topic { name, text }
}

/// The names and titles of all topics.
pub(crate) fn topics() -> impl Iterator<Item = (&'static str, &'static str)> {
    let options = [("options", "Options for every command")];
    let others = TOPICS.iter().map(|topic| (topic.name, topic.title()));
    options.into_iter().chain(others)
}

impl Topic {
    /// The topic with this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        TOPICS.iter().find(|topic| topic.name == name)
    }

    /// What it is about, in a few words.
    fn title(&self) -> &'static str {
        let title = self.text.lines().find_map(|line| line.strip_prefix("# "));
        title.unwrap_or(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_use_no_other_markdown() {
        for topic in &TOPICS {
            assert_ne!(topic.title(), topic.name);
            for text in topic.text.split("```").step_by(2) {
                let outside_code: String = text.split('`').step_by(2).collect();
                for other in ["**", "](", "\n### ", "\n* ", "\n  - ", "\n1. "] {
                    assert!(!outside_code.contains(other), "{}: {text}", topic.name);
                }
                assert_eq!(text.matches('`').count() % 2, 0, "{}: {text}", topic.name);
            }
            assert_eq!(topic.text.matches("```").count() % 2, 0, "{}", topic.name);
        }
    }
}
