//! A reader of the text formats of Prometheus and OpenMetrics that is as strict as their descriptions.

use std::collections::{BTreeMap, BTreeSet};

/// A family of series.
#[derive(Debug, Default)]
pub struct Family {
    pub kind: String,
    pub help: String,
    pub unit: Option<String>,
    pub samples: Vec<Sample>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    pub name: String,
    pub labels: BTreeMap<String, String>,
    pub value: f64,
}

/// Reads a text, or says what is wrong with it.
pub fn read(text: &str, open_metrics: bool) -> Result<BTreeMap<String, Family>, String> {
    let mut families: BTreeMap<String, Family> = BTreeMap::new();
    let mut current = String::new();
    let mut series = BTreeSet::new();
    let mut ended = false;
    if !text.ends_with('\n') {
        return Err("the last line has no end".into());
    }
    for line in text.lines() {
        let wrong = |why: &str| Err(format!("{why}: {line:?}"));
        if ended {
            return wrong("after the end");
        }
        if line == "# EOF" && open_metrics {
            ended = true;
        } else if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            let (what, name, rest) = (words.next(), words.next(), words.next());
            let (Some(what), Some(name), Some(rest)) = (what, name, rest) else {
                return wrong("half a comment");
            };
            if !is_name(name) {
                return wrong("no name");
            }
            if name != current {
                if families.contains_key(name) {
                    return wrong("a family in two parts");
                }
                current = name.to_owned();
            }
            let family = families.entry(current.clone()).or_default();
            match what {
                "HELP" if family.help.is_empty() => family.help = rest.to_owned(),
                "TYPE" if family.kind.is_empty() => family.kind = rest.to_owned(),
                "UNIT" if family.unit.is_none() && open_metrics => {
                    if !name.ends_with(&format!("_{rest}")) {
                        return wrong("a unit that the name does not end with");
                    }
                    family.unit = Some(rest.to_owned());
                }
                _ => return wrong("an unknown or second comment"),
            }
        } else {
            let sample = sample(line)?;
            let family = families
                .get_mut(&current)
                .ok_or("a sample without a family")?;
            let suffix = sample.name.strip_prefix(current.as_str());
            let fits = match (family.kind.as_str(), suffix) {
                ("gauge", Some("")) => true,
                ("counter", Some("_total")) => open_metrics,
                ("counter", Some("")) => !open_metrics && current.ends_with("_total"),
                ("histogram", Some("_bucket" | "_sum" | "_count")) => true,
                _ => false,
            };
            if !fits {
                return wrong("not of its family");
            }
            if !series.insert((sample.name.clone(), sample.labels.clone())) {
                return wrong("a second time");
            }
            family.samples.push(sample);
        }
    }
    if open_metrics && !ended {
        return Err("without an end".into());
    }
    for (name, family) in &families {
        if family.help.is_empty() || family.kind.is_empty() {
            return Err(format!("{name} has no help or no type"));
        }
        if family.kind == "histogram" {
            histogram(name, family)?;
        }
    }
    Ok(families)
}

fn histogram(name: &str, family: &Family) -> Result<(), String> {
    let of = |suffix: &str| {
        let name = format!("{name}{suffix}");
        let of = family.samples.iter();
        of.filter(move |sample| sample.name == name)
    };
    let buckets: Vec<(f64, f64)> = of("_bucket")
        .map(|sample| (sample.labels["le"].parse().unwrap(), sample.value))
        .collect();
    let rising = buckets
        .windows(2)
        .all(|two| two[0].0 < two[1].0 && two[0].1 <= two[1].1);
    let count = of("_count").map(|sample| sample.value).next();
    let last = buckets.last().copied();
    if !rising || last.map(|last| last.0) != Some(f64::INFINITY) || last.map(|last| last.1) != count
    {
        return Err(format!("{name} is no histogram: {buckets:?}, {count:?}"));
    }
    match of("_sum").count() {
        1 => Ok(()),
        sums => Err(format!("{name} has {sums} sums")),
    }
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    let first = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte == b':';
    bytes.next().is_some_and(first) && bytes.all(|byte| first(byte) || byte.is_ascii_digit())
}

fn sample(line: &str) -> Result<Sample, String> {
    let wrong = |why: &str| format!("{why}: {line:?}");
    let name_end = line.find(['{', ' ']).ok_or_else(|| wrong("no value"))?;
    let (name, mut rest) = line.split_at(name_end);
    if !is_name(name) {
        return Err(wrong("no name"));
    }
    let mut labels = BTreeMap::new();
    if let Some(inside) = rest.strip_prefix('{') {
        rest = inside;
        loop {
            if let Some(after) = rest.strip_prefix('}') {
                rest = after;
                break;
            }
            let (label, value) = rest.split_once("=\"").ok_or_else(|| wrong("no label"))?;
            if !is_name(label) || label.contains(':') {
                return Err(wrong("no name of a label"));
            }
            let mut text = String::new();
            let mut characters = value.char_indices();
            let end = loop {
                match characters
                    .next()
                    .ok_or_else(|| wrong("no end of a label"))?
                {
                    (at, '"') => break at + 1,
                    (_, '\\') => text.push(match characters.next() {
                        Some((_, 'n')) => '\n',
                        Some((_, escaped @ ('\\' | '"'))) => escaped,
                        _ => return Err(wrong("an unknown escape")),
                    }),
                    (_, character) => text.push(character),
                }
            };
            if labels.insert(label.to_owned(), text).is_some() {
                return Err(wrong("a label twice"));
            }
            rest = &value[end..];
            if let Some(after) = rest.strip_prefix(',') {
                rest = after;
            } else if !rest.starts_with('}') {
                return Err(wrong("no comma"));
            }
        }
    }
    let value = rest.strip_prefix(' ').ok_or_else(|| wrong("no space"))?;
    Ok(Sample {
        name: name.to_owned(),
        labels,
        value: value.parse().map_err(|_| wrong("no number"))?,
    })
}

#[test]
fn read_fails_where_the_format_does() {
    let head = "# HELP a_total b\n# TYPE a_total counter\n";
    assert_eq!(
        read(&format!("{head}a_total{{x=\"1\"}} 2\n"), false).unwrap()["a_total"].samples[0].value,
        2.0
    );
    for (wrong, why) in [
        (format!("{head}a_total 1"), "no end"),
        (format!("{head}a_total x\n"), "no number"),
        (format!("{head}a_total 1\na_total 2\n"), "a second time"),
        (format!("{head}b_total 1\n"), "not of its family"),
        (format!("{head}a_total{{x=\"1}} 2\n"), "no end of a label"),
        (
            format!("{head}a_total{{x=\"\\q\"}} 2\n"),
            "an unknown escape",
        ),
        ("# TYPE a gauge\na 1\n".to_owned(), "has no help"),
    ] {
        let error = read(&wrong, false).unwrap_err();
        assert!(error.contains(why), "{error}");
    }
    assert!(read("# HELP a b\n# TYPE a gauge\na 1\n", true)
        .unwrap_err()
        .contains("without an end"));
}
