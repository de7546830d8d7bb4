//! Two things of one name: whoever reads the name in one place thinks of the other, and whoever looks for one finds both.

use std::collections::BTreeMap;

use syn::visit::{self, Visit};
use syn::{Item, ItemFn, ItemMod};

use crate::files::with_ending;
use crate::sources::{is_test, sources};

/// Names that several crates may give, and why.
const MAY: [(&str, &str); 3] = [
    ("CommandLine", "each program has one"),
    ("Options", "each crate is told its own, and it is said which crate's are meant"),
    ("Subcommand", "each program has some"),
];

/// Where each name is given to a type.
type Given = BTreeMap<String, Vec<String>>;

struct Names<'a> {
    path: &'a str,
    given: &'a mut Given,
}

impl<'tree> Visit<'tree> for Names<'_> {
    fn visit_item_mod(&mut self, item: &'tree ItemMod) {
        if !is_test(&item.attrs) {
            visit::visit_item_mod(self, item);
        }
    }

    fn visit_item_fn(&mut self, item: &'tree ItemFn) {
        if !is_test(&item.attrs) {
            visit::visit_item_fn(self, item);
        }
    }

    fn visit_item(&mut self, item: &'tree Item) {
        let name = match item {
            Item::Enum(item) => Some(&item.ident),
            Item::Struct(item) => Some(&item.ident),
            Item::Trait(item) => Some(&item.ident),
            Item::Type(item) => Some(&item.ident),
            Item::Union(item) => Some(&item.ident),
            _ => None,
        };
        if let Some(name) = name {
            self.given.entry(name.to_string()).or_default().push(self.path.to_owned());
        }
        visit::visit_item(self, item);
    }
}

fn doubles(given: &Given) -> Vec<String> {
    let may = |name: &str| MAY.iter().any(|(may, _)| *may == name);
    let twice = given.iter().filter(|(name, places)| places.len() > 1 && !may(name));
    twice.map(|(name, places)| format!("{name}: {}", places.join(", "))).collect()
}

#[test]
fn no_two_types_of_the_crates_have_one_name() {
    let mut given = Given::new();
    for (path, tree) in sources() {
        Names { path: &path, given: &mut given }.visit_file(&tree);
    }
    assert!(given.len() > 300, "where have the types gone? {}", given.len());
    let doubles = doubles(&given);
    assert!(doubles.is_empty(), "\n{}", doubles.join("\n"));
    for (name, why) in MAY {
        assert!(given.get(name).is_some_and(|places| places.len() > 1), "{name} is no double: {why}");
    }
}

#[test]
fn no_two_types_or_components_of_the_pages_have_one_name() {
    let mut given = Given::new();
    for (path, text) in with_ending(&["ts", "svelte"]) {
        let (path, name) = (path.display().to_string(), path.file_name().unwrap().to_str().unwrap().to_owned());
        if !path.starts_with("web/src/") || name.ends_with(".test.ts") {
            continue;
        }
        if let Some(component) = name.strip_suffix(".svelte") {
            given.entry(component.to_owned()).or_default().push(path);
            continue;
        }
        for line in text.lines() {
            let words = line.split_whitespace().skip_while(|word| ["export", "declare", "abstract"].contains(word));
            let [kind, name] = words.take(2).collect::<Vec<_>>()[..] else { continue };
            // What is within braces or brackets is no declaration.
            if line.starts_with(char::is_alphabetic) && ["class", "interface", "type", "enum"].contains(&kind) {
                let name = name.split(|c: char| !c.is_alphanumeric()).next().unwrap();
                given.entry(name.to_owned()).or_default().push(path.clone());
            }
        }
    }
    assert!(given.len() > 100, "where have the types gone? {}", given.len());
    let doubles = doubles(&given);
    assert!(doubles.is_empty(), "\n{}", doubles.join("\n"));
}
