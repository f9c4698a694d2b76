//! The help topics: `nxp help TOPIC`.
//!
//! Each topic is a Markdown file here. It uses no more of Markdown than [`Block`] has: a title,
//! headings, paragraphs, lists of one level, fenced code and tables; in text only `` `code` ``.

/// What `nxp help` explains apart from commands.
#[derive(Debug)]
pub(crate) struct Topic {
    /// Its name on the command line.
    pub(crate) name: &'static str,
    /// Its Markdown.
    pub(crate) text: &'static str,
}

/// The topics, in the order in which help lists them.
pub(crate) const TOPICS: [Topic; 7] = [
    Topic {
        name: "environment",
        text: include_str!("environment.md"),
    },
    Topic {
        name: "exit-codes",
        text: include_str!("exit-codes.md"),
    },
    Topic {
        name: "scripting",
        text: include_str!("scripting.md"),
    },
    Topic {
        name: "ci",
        text: include_str!("ci.md"),
    },
    Topic {
        name: "security",
        text: include_str!("security.md"),
    },
    Topic {
        name: "agents",
        text: include_str!("agents.md"),
    },
    Topic {
        name: "troubleshooting",
        text: include_str!("troubleshooting.md"),
    },
];

/// A part of a topic.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Block {
    /// The heading of a section.
    Heading(String),
    /// A paragraph, in one line.
    Paragraph(String),
    /// A list.
    List(Vec<String>),
    /// Lines to be shown as they are.
    Code(Vec<String>),
    /// Rows of cells, the header first.
    Table(Vec<Vec<String>>),
}

impl Topic {
    /// The topic with this name.
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        TOPICS.iter().find(|topic| topic.name == name)
    }

    /// What it is about, in a few words.
    pub(crate) fn title(&self) -> &'static str {
        let title = self.text.lines().find_map(|line| line.strip_prefix("# "));
        title.unwrap_or(self.name)
    }

    /// Its text below the title. `agents` has the front matter of a skill above it.
    pub(crate) fn blocks(&self) -> Vec<Block> {
        let mut blocks: Vec<Block> = Vec::new();
        let mut is_code = false;
        let mut is_new = true;
        let below_title = self.text.lines().skip_while(|line| !line.starts_with("# "));
        for line in below_title.skip(1) {
            if line.starts_with("```") {
                is_code = !is_code;
                if is_code {
                    blocks.push(Block::Code(Vec::new()));
                }
                is_new = true;
                continue;
            }
            if !is_code && line.is_empty() {
                is_new = true;
                continue;
            }
            let continued = if is_new && !is_code {
                None
            } else {
                blocks.last_mut()
            };
            is_new = false;
            match continued {
                Some(Block::Code(lines)) => lines.push(line.to_owned()),
                Some(Block::Table(_)) if line.starts_with("|--") => {}
                Some(Block::Table(rows)) => rows.push(cells(line)),
                Some(Block::List(items)) => match (line.strip_prefix("- "), items.last_mut()) {
                    (Some(item), _) => items.push(item.to_owned()),
                    (None, Some(item)) => join(item, line),
                    (None, None) => {}
                },
                Some(Block::Paragraph(text)) => join(text, line),
                _ => blocks.push(first_line(line)),
            }
        }
        blocks
    }
}

/// The block that begins with this line.
fn first_line(line: &str) -> Block {
    if let Some(heading) = line.strip_prefix("## ") {
        Block::Heading(heading.to_owned())
    } else if let Some(item) = line.strip_prefix("- ") {
        Block::List(vec![item.to_owned()])
    } else if line.starts_with('|') {
        Block::Table(vec![cells(line)])
    } else {
        Block::Paragraph(line.to_owned())
    }
}

fn join(text: &mut String, line: &str) {
    text.push(' ');
    text.push_str(line.trim());
}

/// The cells of a row. `\|` is no border.
fn cells(row: &str) -> Vec<String> {
    let row = row.trim().trim_matches('|').replace("\\|", "\u{0}");
    row.split('|')
        .map(|cell| cell.trim().replace('\u{0}', "|"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_read_block_by_block() {
        let topic = Topic {
            name: "test",
            text: "# A title\n\nOne\ntwo.\n\n## Part\n- a\n  b\n- c\n\n| h | i |\n|--|--|\n| `a\\|b` | 2 |\n\n```sh\n\ncd /\n```\nEnd\n",
        };
        let owned = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let part = vec![
            Block::List(owned(&["a b", "c"])),
            Block::Table(vec![owned(&["h", "i"]), owned(&["`a|b`", "2"])]),
            Block::Code(owned(&["", "cd /"])),
            Block::Paragraph("End".to_owned()),
        ];
        assert_eq!(topic.title(), "A title");
        assert_eq!(topic.blocks()[2..], part);
        assert_eq!(topic.blocks()[0], Block::Paragraph("One two.".to_owned()));
    }

    #[test]
    fn topics_use_no_other_markdown() {
        for topic in &TOPICS {
            assert_ne!(topic.title(), topic.name);
            for block in topic.blocks() {
                let text = match &block {
                    Block::Heading(text) | Block::Paragraph(text) => text.clone(),
                    Block::List(items) => items.join("\n"),
                    Block::Table(rows) => rows.concat().join("\n"),
                    Block::Code(_) => continue,
                };
                let outside_code: String = text.split('`').step_by(2).collect();
                assert!(!outside_code.contains("**"), "{}: {text}", topic.name);
                assert!(!outside_code.contains("]("), "{}: {text}", topic.name);
                assert!(!outside_code.starts_with('#'), "{}: {text}", topic.name);
                assert_eq!(text.matches('`').count() % 2, 0, "{}: {text}", topic.name);
            }
        }
    }
}
