//! The help topics: `nxp help TOPIC`.
//!
//! Each topic is a Markdown file here. It uses no more of Markdown than a title, headings, paragraphs,
//! lists of one level, fenced code and tables; in text only `` `code` ``. Prose has at most 80 columns.

/// The list of all topics, as help shows it: a text, so that no start has to compose it.
pub(crate) const LIST: &str = include_str!("topics.txt").trim_ascii_end();

/// The topics that are Markdown.
const TOPICS: [(&str, &str); 7] = [
    ("environment", include_str!("environment.md")),
    ("exit-codes", include_str!("exit-codes.md")),
    ("scripting", include_str!("scripting.md")),
    ("ci", include_str!("ci.md")),
    ("security", include_str!("security.md")),
    ("agents", include_str!("agents.md")),
    ("troubleshooting", include_str!("troubleshooting.md")),
];

/// The names and titles of all topics.
pub(crate) fn topics() -> impl Iterator<Item = (&'static str, &'static str)> {
    let lines = LIST
        .lines()
        .filter_map(|line| line.strip_prefix("  ")?.split_once(' '));
    lines.map(|(name, title)| (name, title.trim_start()))
}

/// The Markdown of a topic.
pub(crate) fn topic(name: &str) -> Option<&'static str> {
    let topic = TOPICS.iter().find(|(topic, _)| *topic == name);
    topic.map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_use_no_other_markdown() {
        for (name, markdown) in TOPICS {
            assert!(markdown.contains("# "), "{name}");
            for text in markdown.split("```").step_by(2) {
                let outside_code: String = text.split('`').step_by(2).collect();
                for other in ["**", "](", "\n### ", "\n* ", "\n  - ", "\n1. "] {
                    assert!(!outside_code.contains(other), "{name}: {text}");
                }
                assert_eq!(text.matches('`').count() % 2, 0, "{name}: {text}");
            }
            assert_eq!(markdown.matches("```").count() % 2, 0, "{name}");
        }
    }
}
